// Keyed chance, as brittlestar/_shared/chance.py: a draw is a function of (seed, person, mechanism, occasion).
import { normalQuantile } from "./special.js";

const ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]], PARITY = 0x1BD11BDA, keys = new Map();

// CRC-32 of a mechanism's name.
function mechanismKey(name) {
  if (!keys.has(name)) {
    let crc = ~0;
    for (const byte of new TextEncoder().encode(name)) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    keys.set(name, ~crc);
  }
  return keys.get(name);
}

// Uniform in (0, 1), 52 bits of Threefry-2x32 with 20 rounds.
export function uniform(seed, person, mechanism, occasion = 0) {
  const other = mechanismKey(mechanism), key = [seed | 0, other, (seed ^ other ^ PARITY) | 0];
  let x0 = (person + key[0]) | 0, x1 = (occasion + key[1]) | 0;
  for (let block = 0; block < 5; block += 1) {
    for (const by of ROTATIONS[block % 2]) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << by) | (x1 >>> (32 - by))) ^ x0;
    }
    x0 = (x0 + key[(block + 1) % 3]) | 0;
    x1 = (x1 + key[(block + 2) % 3] + block + 1) | 0;
  }
  return ((x0 >>> 0) * 2 ** 20 + (x1 >>> 12) + 0.5) * 2 ** -52;
}

export const normal = (seed, person, mechanism, occasion) => normalQuantile(uniform(seed, person, mechanism, occasion));
export const exponential = (seed, person, mechanism, occasion) => -Math.log(uniform(seed, person, mechanism, occasion));
