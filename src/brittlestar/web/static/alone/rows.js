// The one estimator over people, and the rows of an answer: comparison/estimate.py, quantities.py and science.py.
import { make, mean, quantiles, spread } from "./numbers.js";
import { binomialQuantile } from "./special.js";

const OF = 100, RANGE = [0.025, 0.975], ENDS = [0.05, 0.95], Z95 = 1.96;
const SITES_OF = "expected_fractures_";

// The ends in order, moved to the mean where it lies outside.
const around = (middle, ends) => { const [low, high] = ends.map((end) => end + 0).sort((a, b) => a - b); return [Math.min(low, middle), Math.max(high, middle)]; };
const byChance = (share) => RANGE.map((q) => binomialQuantile(OF, Math.min(Math.max(share, 0), 1), q));

// People out of 100 with an outcome, from each one's chance of it.
export function count(chances, weight) {
  const share = mean(chances, weight), middle = mean(chances.map((one) => OF * one), weight);
  return { mean: middle, chance: around(middle, byChance(share)) };
}

// The difference of two counts of the same people, who meet the same luck.
export function countApart(chances, others, weight) {
  const d = chances.map((one, i) => one - others[i]), middle = mean(d, weight), people = d.map((one) => OF * one), told = mean(people, weight);
  let ends;
  if (d.every((one) => one >= 0) || d.every((one) => one <= 0)) ends = byChance(Math.min(Math.abs(middle), 1)).map((one) => Math.sign(middle) * one);
  else {
    const reach = Z95 * Math.sqrt(Math.max(mean(d.map(Math.abs), weight) - middle ** 2, 0) * OF);
    ends = [OF * middle - reach, OF * middle + reach].map((one) => Math.min(Math.max(one, -OF), OF));
  }
  return { mean: told, chance: around(told, ends), people: around(told, quantiles(people, RANGE, weight)) };
}

// A mean that counts nobody, with the range of the mean of a group of 100 by what lives brought.
function average(values, lived, weight) {
  const middle = mean(values, weight), reach = Z95 * spread(lived, weight) / Math.sqrt(OF);
  return { mean: middle, chance: around(middle, [middle - reach, middle + reach]), people: around(middle, quantiles(values, RANGE, weight)) };
}

// Values [person] at an output time of a life.
const at = ({ course }, name, last) => { const { people: n, years, outputs } = course, row = last ? years.length - 1 : 0; return outputs[name].subarray(row * n, (row + 1) * n); };

const SPINE = "vertebral";

// Fractures of a whole course, of the sites that are wanted.
export function expected({ model, lives }, wanted = () => true) {
  const sites = model.sites.filter(wanted).map((site) => at(lives, SITES_OF + site, true));
  return make(lives.course.people, (i) => sites.reduce((all, one) => all + one[i], 0));
}

export const outsideSpine = (one) => expected(one, (site) => site !== SPINE);

export function broken({ course }) {
  const counts = new Float64Array(course.people);
  course.fractures.person.forEach((i) => { counts[i] += 1; });
  return counts;
}

// Fractures: the hazard of each person, and what follows from so many times of it.
const chance = (hazard, times) => -Math.expm1(-times * hazard);
const FRACTURES = {
  with_fracture: [({ lives }) => lives.hazard, chance],
  with_vertebral_fracture: [({ lives }) => at(lives, `${SITES_OF}${SPINE}`, true), chance],
  fractures: [(one) => expected(one), (hazard, times) => times * hazard],
};

// Other quantities that are told apart, of each person.
const OTHERS = {
  ls_abmd_gain: (lives) => at(lives, "ls_abmd", true).map((one, i) => 100 * (one / at(lives, "ls_abmd")[i] - 1)),
  ls_z_gain: (lives) => at(lives, "ls_z", true).map((one, i) => one - at(lives, "ls_z")[i]),
  strength_limb_end: (lives) => at(lives, "strength_limb", true),
};

const breaks = (name) => name in FRACTURES;
export const counts = (name) => name.startsWith("with_");

export function values(name, model, lives) {
  if (!breaks(name)) return OTHERS[name](lives);
  const [hazard, of] = FRACTURES[name];
  return hazard({ model, lives }).map((one) => of(one, 1));
}

// The difference of a quantity between two lives of the same people.
export function apart(name, model, lives, others, weight) {
  const minus = (of) => { const a = of(lives), b = of(others); return a.map((one, i) => one - b[i]); }, told = (one) => values(name, model, one);
  if (counts(name)) return countApart(told(lives), told(others), weight);
  return average(minus(told), minus(name === "fractures" ? broken : told), weight);
}

// How far the level of populations lies apart, of people with osteogenesis imperfecta or without.
export const level = (model, who) => model.populations[who.oi_type === "healthy" ? "level_healthy" : "level"];

// Means of the quantities under a set, chances out of 100: as the model has it, and of fractures in each population and
// in each whose level is the model's.
export function means(model, who, drug, lives, weight) {
  const of = model.populations.effect.each.map((one) => (drug ? one : 1)), times = [1, ...level(model, who).each.map((one, i) => one * of[i]), ...of];
  const fractures = Object.entries(FRACTURES).map(([name, [hazard, value]]) => {
    const each = hazard({ model, lives }), scale = counts(name) ? OF : 1;
    return [name, times.map((factor) => scale * mean(each.map((one) => value(one, factor)), weight))];
  });
  return Object.fromEntries([...fractures, ...Object.entries(OTHERS).map(([name, value]) => [name, [mean(value(lives), weight)]])]);
}

// The range that 9 of 10 sets and populations leave of a number, or of a difference to `base`; in a difference
// `asTold` populations whose level is the model's.
export function span(name, middle, treated, base, asTold = false) {
  const each = treated.map((one, k) => one[name].map((x, i) => (base ? x - base[k][name][i] : x))), [[first]] = each, n = (each[0].length - 1) / 2;
  const low = !breaks(name) || (base && !counts(name)) ? -Infinity : base ? -OF : 0, high = counts(name) ? OF : Infinity;
  const inside = each.flatMap((one) => (n ? one.slice(asTold ? 1 + n : 1, asTold ? undefined : 1 + n) : one)).map((x) => Math.min(Math.max(middle + x - first, low), high));
  const [least, most] = quantiles(inside, ENDS);
  return [Math.min(least, middle), Math.max(most, middle)];
}

// Of fractures the number of each side in 9 of 10 populations; the plan's where so many break untreated as is told.
export function population(name, model, lives, weight, apart_, treated, base) {
  if (!breaks(name)) return {};
  const scale = counts(name) ? OF : 1, untreated = mean(values(name, model, lives).map((one) => scale * one), weight), high = counts(name) ? OF : Infinity;
  return { untreated: span(name, untreated, base), plan: span(name, apart_, treated, base, true).map((end) => Math.min(Math.max(untreated + end, 0), high)) };
}

export const finite = (name, chances) => {
  const bad = chances.filter((one) => !Number.isFinite(one)).length;
  if (bad) throw new Error(`${name}: got '${bad} of ${chances.length} people who could not be computed'; accepted: a person and a plan under which every number stays finite`);
  return chances;
};
