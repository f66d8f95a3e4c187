// Small things that drawings are made of.
export const clamp = (x, low = 0, high = 1) => Math.min(high, Math.max(low, x));
export const r1 = (x) => x.toFixed(1);

// A fixed number from 0 to 1 for two others: places in a drawing that stay where they are.
export function hash(a, b) {
  const x = Math.sin(a * 127.1 + b * 311.7) * 43758.5453;
  return x - Math.floor(x);
}

// A value of a course between its times; `i` counts in intervals.
export function at(values, i) {
  const there = clamp(i, 0, values.length - 1), k = Math.floor(there), rest = there - k;
  return rest ? values[k] * (1 - rest) + values[k + 1] * rest : values[k];
}

export const diamond = (x, y, r) => `<path d="M${r1(x)} ${r1(y - r)}l${r} ${r}l${-r} ${r}l${-r} ${-r}z" fill="var(--drug-mark)" stroke="var(--halo)" stroke-width="1.1"/>`;

// Osteoclast: some 50 µm wide, several nuclei, a ruffled border on the bone; dashed when it is stopped.
export function osteoclast(x, y, up, k = 1, stopped = false, turn = 0) {
  const w = 27 * k;
  let border = "";
  for (let i = 0; i <= 6; i++) border += `L${r1(w - i * w / 3)} ${i % 2 ? -4 : 0}`;
  const nuclei = [[-12, -13], [-2, -18], [9, -14], [3, -9], [-7, -7]].map(([a, b]) => `<circle cx="${r1(a * k)}" cy="${r1(b * k)}" r="${r1(3.3 * k)}"/>`).join("");
  const fill = stopped ? 'fill="none" stroke="var(--clast)" stroke-width="1.8" stroke-dasharray="4 3"' : 'fill="var(--clast)" stroke="var(--marrow)" stroke-width="1.2"';
  return `<g transform="translate(${r1(x)} ${r1(y)}) rotate(${r1(turn)}) scale(1 ${up ? 1 : -1})"${stopped ? ' opacity=".75"' : ""}><path d="M${-w} 0C${-w * 1.12} ${-16 * k} ${-w * 0.55} ${-29 * k} 0 ${-28 * k}C${w * 0.6} ${-29 * k} ${w * 1.12} ${-15 * k} ${w} 0${border}Z" ${fill}/><g fill="${stopped ? "var(--clast)" : "var(--clast-n)"}" opacity="${stopped ? 0.5 : 1}">${nuclei}</g></g>`;
}

// Osteoblast: some 14 µm.
export const osteoblast = (x, y, up, turn = 0) => `<g transform="translate(${r1(x)} ${r1(y)}) rotate(${r1(turn)}) scale(1 ${up ? 1 : -1})"><path d="M-6.5 0L-7 -10Q-6.5 -15 0 -15.5Q6.5 -15 7 -10L6.5 0Z" fill="var(--blast)" stroke="var(--marrow)" stroke-width=".9"/><circle cx="0" cy="-10" r="3" fill="var(--blast-n)"/></g>`;

// A drop of a drip, in the colour of its plan.
export const drop = (x, y, as = "drug") => `<path transform="translate(${r1(x)} ${r1(y)})" d="M0 0c3.4 4.6 4.6 6 4.6 8.2a4.6 4.6 0 0 1 -9.2 0c0 -2.2 1.2 -3.6 4.6 -8.2z" fill="var(--${as})"/>`;
