// Healthy growth and spine density by age and sex, and what is expected of a person of one type:
// people/reference.py, density.py, puberty.py and size.py.
import { between, make, place } from "./numbers.js";
import { normalShare } from "./special.js";

const ADULT = 20, OLDEST = 90, OLDEST_DENSITY = 80, GRID = 601;

// A monotone cubic through points (Fritsch and Butland 1984), and its slope.
function cubic([xs, ys]) {
  const n = xs.length, h = make(n - 1, (i) => xs[i + 1] - xs[i]), m = make(n - 1, (i) => (ys[i + 1] - ys[i]) / h[i]);
  const end = (h0, h1, m0, m1) => {
    const d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1);
    if (Math.sign(d) !== Math.sign(m0)) return 0;
    return Math.sign(m0) !== Math.sign(m1) && Math.abs(d) > 3 * Math.abs(m0) ? 3 * m0 : d;
  };
  const slope = make(n, (i) => {
    if (i === 0) return end(h[0], h[1], m[0], m[1]);
    if (i === n - 1) return end(h[n - 2], h[n - 3], m[n - 2], m[n - 3]);
    if (Math.sign(m[i]) !== Math.sign(m[i - 1]) || m[i] === 0 || m[i - 1] === 0) return 0;
    const w1 = 2 * h[i] + h[i - 1], w2 = h[i] + 2 * h[i - 1];
    return 1 / ((w1 / m[i - 1] + w2 / m[i]) / (w1 + w2));
  });
  const at = (x) => {
    const i = Math.min(Math.max(place(xs, x, true) - 1, 0), n - 2), t = (slope[i] + slope[i + 1] - 2 * m[i]) / h[i];
    return [x - xs[i], ys[i], slope[i], (m[i] - slope[i]) / h[i] - t, t / h[i]];
  };
  return {
    value: (x) => { const [s, a, b, c, d] = at(x); return a + b * s + c * (s * s) + d * (s * s * s); },
    slope: (x) => { const [s, , b, c, d] = at(x); return b + 2 * c * s + 3 * d * (s * s); },
  };
}

export class Growth {
  constructor(model) {
    Object.assign(this, { model });
    this.curves = Object.fromEntries(Object.entries(model.curves).map(([name, bySex]) => [name, bySex.map(cubic)]));
  }

  height(sex, age) { return this.curves.height[sex].value(Math.min(Math.max(age, 0), ADULT)); }
  weight(sex, age) { return this.curves.weight[sex].value(Math.min(Math.max(age, 0), OLDEST)); }

  // What the table of healthy people is made from, by age and sex, at so many ages a year.
  references(perYear) {
    if (this.made) return this.made;
    const n = OLDEST * perYear + 1, step = 1 / perYear, both = (of) => make(2 * n, (k) => of(k % 2, k >> 1));
    const density = (i) => Math.min(i / perYear, OLDEST_DENSITY);
    this.made = {
      age: both((_, i) => i / perYear),
      height_cm: both((sex, i) => this.height(sex, i * step)),
      weight_kg: both((sex, i) => this.weight(sex, i * step)),
      height_rate: both((sex, i) => (i * step < ADULT ? Math.max(this.curves.height[sex].slope(i * step), 0) : 0)),
      abmd_median: both((sex, i) => Math.exp(this.curves.ln_density[sex].value(density(i)))),
      abmd_spread: both((sex, i) => this.curves.density_spread[sex].value(density(i))),
    };
    return this.made;
  }

  // Age at which most people are as mature.
  maturational(age, sex, shift) {
    const { timing_from: from, timing_until: until, timing_fade: fade } = this.model.puberty;
    const smooth = (u) => u * u * u * (10 - 15 * u + 6 * u * u), held = (u) => Math.min(Math.max(u, 0), 1);
    return age - shift * (smooth(held((age - from[sex]) / fade)) - smooth(held((age - until[sex]) / fade + 1)));
  }

  expectedHeight({ type, sex, age }, z, shift) {
    const p = this.model.parameters, mature = this.maturational(age, sex, shift), birth = p["types.r0"][type], adult = p["types.r1"][type];
    const ratio = adult + (birth - adult) * Math.exp(-mature / p["growth.tau_r"]);
    return this.height(sex, mature) * ratio * (1 + p["growth.height_cv"] * z);
  }

  heightScore(who, height, shift) {
    return (height / this.expectedHeight(who, 0, shift) - 1) / this.model.parameters["growth.height_cv"];
  }

  expectedWeight(who, z, shift) {
    const { type, sex, age } = who, mature = this.maturational(age, sex, shift), median = this.height(sex, mature);
    return this.weight(sex, mature) * (this.expectedHeight(who, z, shift) / median) ** 2 * this.model.parameters["types.bmi"][type];
  }

  // Shifts of puberty of people who are all as tall, each at the own rank among them.
  timingOf(who, height, drawn) {
    const sd = this.model.traits.puberty_shift_years, { low, high } = this.model.limits.puberty_shift_years;
    const shifts = make(GRID, (i) => (i === GRID - 1 ? high : low + i * ((high - low) / (GRID - 1))));
    const ln = shifts.map((s) => -0.5 * ((s / sd) ** 2 + this.heightScore(who, height, s) ** 2) - Math.log(this.expectedHeight(who, 0, s)));
    const most = ln.reduce((a, b) => Math.max(a, b)), density = ln.map((one) => Math.exp(one - most)), below = new Float64Array(GRID);
    for (let i = 1; i < GRID; i += 1) below[i] = below[i - 1] + 0.5 * (density[i] + density[i - 1]);
    const shares = below.map((one) => one / below[GRID - 1]);
    return drawn.map((one) => between(normalShare(one / sd), shares, shifts));
  }
}
