// Arithmetic over people and over time, as NumPy does it, and numbers as Python writes them.
export const range = (n) => Array.from({ length: n }, (_, i) => i);
export const make = (n, of) => Float64Array.from({ length: n }, (_, i) => of(i));
export const sum = (values) => { let all = 0; for (const one of values) all += one; return all; };

// First place whose value is not below x (or, after, above it) in rising values.
export function place(values, x, after = false) {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (after ? values[middle] <= x : values[middle] < x) low = middle + 1; else high = middle;
  }
  return low;
}

// Linear between points, constant beyond.
export function between(x, xs, ys) {
  const last = xs.length - 1;
  if (x <= xs[0]) return ys[0];
  if (x >= xs[last]) return ys[last];
  const j = place(xs, x, true) - 1;
  return (ys[j + 1] - ys[j]) / (xs[j + 1] - xs[j]) * (x - xs[j]) + ys[j];
}

const half = (x) => { const low = Math.floor(x), apart = x - low; return apart < 0.5 ? low : apart > 0.5 ? low + 1 : low % 2 ? low + 1 : low; };

// To the nearest, halves to even.
export const rounded = (x, places = 0) => (places ? half(x * 10 ** places) / 10 ** places : half(x));

// Five significant digits.
export function short(x) {
  const scale = 10 ** (4 - Math.floor(Math.log10(Math.max(Math.abs(x), 1e-12))));
  return half(x * scale) / scale;
}

// The mean over people, each by weight, or alike.
export function mean(values, weight) {
  if (!weight) return sum(values) / values.length;
  let all = 0, shares = 0;
  for (let i = 0; i < values.length; i += 1) { all += weight[i] * values[i]; shares += weight[i]; }
  return all / shares;
}

export function spread(values, weight) {
  const middle = mean(values, weight), n = values.length;
  let all = 0, squares = 0;
  const whole = weight ? sum(weight) : n;
  for (let i = 0; i < n; i += 1) {
    const w = (weight ? weight[i] : 1) / whole;
    all += w * (values[i] - middle) ** 2;
    squares += w * w;
  }
  return Math.sqrt(weight ? all / (1 - squares) : all * n / (n - 1));
}

// Values of somebody at these shares of people.
export function quantiles(values, shares, weight) {
  const n = values.length;
  if (!weight) {
    const sorted = Float64Array.from(values).sort();
    return shares.map((q) => { const at = n * q - 1, low = Math.floor(at); return sorted[Math.max(Math.min(at > low ? low + 1 : low, n - 1), 0)]; });
  }
  const order = range(n).sort((a, b) => values[a] - values[b] || a - b), sums = new Float64Array(n);
  let all = 0;
  order.forEach((one, i) => { all += weight[one]; sums[i] = all; });
  const shared = sums.map((one) => one / all);
  if (shared[0] === 0) for (let i = 0; i < n && shared[i] === 0; i += 1) shared[i] = -1;
  return shares.map((q) => values[order[Math.min(place(shared, q), n - 1)]]);
}

// Python's "{:.Ng}": N significant digits without zeros at the end.
export function general(x, digits = 6) {
  if (x === 0) return "0";
  const [head, power] = x.toExponential(digits - 1).split("e"), exponent = Number(power);
  const bare = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (exponent < -4 || exponent >= digits) return `${bare(head)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return bare(Number(x.toExponential(digits - 1)).toFixed(Math.max(digits - 1 - exponent, 0)));
}

// Python's repr of a real number.
export function repr(x) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return x.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return Number.isInteger(x) ? `${x}.0` : String(x);
}

// Shortest text that reads back as the same number: whole numbers without a point.
export const shortest = (x) => (Number.isInteger(x) && Math.abs(x) < 1e15 ? String(x) : repr(x));
export const fixed = (x, places) => rounded(x, places).toFixed(places);
