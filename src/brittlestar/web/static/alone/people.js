// Who is followed: what was told is held, the rest is drawn. people/person.py, sampling.py and, for a Z-score and
// fractures of the last years, comparison/conditioning.py.
import { normal, uniform } from "./chance.js";
import { general, make, repr, sum } from "./numbers.js";
import { betaQuantile, gammaQuantile, gammaShares } from "./special.js";
import { InputError } from "./refusal.js";

const NORMAL = ["height_z", "eta_activity", "eta_bone", "eta_drug", "eta_absorption", "weight", "puberty_shift_years"];
const ROUNDS = 20, NEAR = 0.05, RANKS = 1e-12, WIDEST = 3;

function check(limits, name, value) {
  if (value === null || value === undefined) return;
  const { low, high, unit, slips } = limits[name];
  if (value >= low && value <= high) return;
  const looks = slips.filter(([, factor]) => value > 0 && value * factor > low && value * factor <= high)
    .map(([other, factor]) => `; looks like ${other}: write ${general(value * factor)}`);
  throw new InputError(`Person.${name}`, repr(value), `accepted: ${general(low)} to ${general(high)} ${unit}${looks[0] || ""}`);
}

// A person in the words of the model. Throws what no person has.
export function person(model, growth, who) {
  const made = { ...who, type: model.types.indexOf(who.oi_type), sex: model.sexes.indexOf(who.sex), height_z: who.height_z || null };
  for (const name of ["age", "height_z", "height_cm", "weight_kg", "baseline_z", "vitamin_d_nmol_per_l"]) check(model.limits, name, made[name]);
  const fractures = made.fractures_last_2_years;
  if (fractures !== null && !(fractures >= 0 && fractures <= model.most_fractures)) {
    throw new InputError("Person.fractures_last_2_years", String(fractures), `accepted: a whole number from 0 to ${model.most_fractures}`);
  }
  if (made.height_cm !== null && made.height_z !== null) throw new InputError("Person.height_cm", repr(made.height_cm), "accepted: height_cm or height_z, not both");
  made.heightScore = (shift) => (made.height_cm === null ? made.height_z || 0 : growth.heightScore(made, made.height_cm, shift));
  made.weightRatio = (shift) => (made.weight_kg === null ? 1 : made.weight_kg / growth.expectedWeight(made, made.heightScore(shift), shift));
  if (made.height_cm !== null && !(made.heightScore(0) >= -6 && made.heightScore(0) <= 6)) {
    const [low, high] = [-6, 6].map((z) => growth.expectedHeight(made, z, 0).toFixed(0));
    throw new InputError("Person.height_cm", repr(made.height_cm), `accepted at ${general(made.age)} y, type ${made.oi_type}: ${low} to ${high} cm`);
  }
  const ratio = made.weightRatio(0);
  if (made.weight_kg !== null && !(ratio >= 0.3 && ratio <= 3)) {
    const usual = made.weight_kg / ratio;
    throw new InputError("Person.weight_kg", repr(made.weight_kg), `accepted at this age, type and height: ${(0.3 * usual).toFixed(1)} to ${(3 * usual).toFixed(1)} kg`);
  }
  return made;
}

const etaBone = (traits, type, score) => (score > 0 ? traits.eta_bone_more : traits.eta_bone_less)[type] * score;
const boneScore = (traits, type, eta) => eta / (eta > 0 ? traits.eta_bone_more : traits.eta_bone_less)[type];

// So many people who share what was told and are drawn in the rest: the arrays that the engine reads.
export function drawn(model, growth, who, seed, people) {
  const { traits, limits } = model, of = (draw) => make(people, draw), every = (value) => new Float64Array(people).fill(value);
  const score = Object.fromEntries(NORMAL.map((name) => [name, of((id) => normal(seed, id, `people.${name}`))]));
  const own = (name) => score[name].map((z) => traits[name] * z), [taken, forgotten] = traits.adherence_shape;
  const { low, high } = limits.puberty_shift_years;
  let shift = own("puberty_shift_years").map((one) => Math.min(Math.max(one, low), high));
  if (who.height_cm !== null) shift = growth.timingOf(who, who.height_cm, shift);
  const variance = traits.frailty_variance;
  return {
    id: Int32Array.from({ length: people }, (_, id) => id),
    age_years: every(who.age),
    sex: new Int8Array(people).fill(who.sex),
    oi_type: new Int8Array(people).fill(who.type),
    height_z: who.height_cm !== null ? shift.map(who.heightScore) : who.height_z !== null ? every(who.height_z) : own("height_z"),
    weight_factor: who.weight_kg !== null ? shift.map(who.weightRatio) : own("weight").map(Math.exp),
    eta_activity: own("eta_activity").map((eta) => eta - 0.5 * traits.eta_activity ** 2),
    eta_bone: score.eta_bone.map((z) => etaBone(traits, who.type, z)),
    eta_drug: own("eta_drug"),
    eta_absorption: own("eta_absorption"),
    frailty: of((id) => variance * gammaQuantile(1 / variance, uniform(seed, id, "people.frailty"))),
    adherence: of((id) => 1 + (betaQuantile(taken, forgotten, uniform(seed, id, "people.adherence")) / traits.adherence_typical - 1)),
    calcium_mg_per_day: of((id) => traits.calcium_typical * Math.exp(traits.calcium_spread * normal(seed, id, "people.calcium"))),
    vitamin_d_nmol_per_l: every(who.vitamin_d_nmol_per_l),
    puberty_shift_years: shift,
  };
}

// The people as moved by a Z-score and fractures that were told, and how much each counts. `atEntry(people, names)`
// gives outputs of the untreated balance. The check of a Z-score asks for what everybody can have.
export function conditioned(model, who, people, atEntry) {
  const z = who.baseline_z, fractures = who.fractures_last_2_years;
  if (z === null && fractures === null) return { people, weight: null };
  const n = people.id.length;
  let ln = new Float64Array(n), moved = people;
  if (z !== null) {
    acceptedZ(model, people, z, atEntry);
    const found = byZ(model, who, people, z, atEntry);
    moved = found.people;
    ln = found.ln;
  }
  if (fractures !== null) {
    const found = byFractures(model, moved, fractures, atEntry);
    moved = found.people;
    ln = ln.map((one, i) => one + found.ln[i]);
  }
  const most = ln.reduce((a, b) => Math.max(a, b)), weight = ln.map((one) => Math.exp(one - most)), all = sum(weight);
  return { people: moved, weight: weight.map((one) => one / all) };
}

function acceptedZ(model, people, z, atEntry) {
  const ends = [-WIDEST, WIDEST].map((eta) => atEntry({ ...people, eta_bone: people.eta_bone.map(() => eta) }, ["ls_z"]).ls_z);
  const { baseline_z: limit } = model.limits, least = ends[0].reduce((a, b) => Math.max(a, b)), most = ends[1].reduce((a, b) => Math.min(a, b));
  const low = Math.max(Math.ceil(10 * least) / 10, limit.low), high = Math.min(Math.floor(10 * most) / 10, limit.high);
  if (!(z >= low && z <= high)) throw new InputError("baseline_z", repr(z), `accepted for this age, sex and type: ${general(low)} to ${general(high)}`);
}

function byZ(model, who, people, z, atEntry) {
  const { traits } = model, at = (score) => ({ ...people, eta_bone: score.map((g) => etaBone(traits, who.type, g)) });
  const read = (score) => {
    const found = atEntry(at(score), ["ls_z", "ls_sd"]);
    return [found.ls_z, found.ls_sd.map((sd) => model.scan.dxa_error / sd)];
  };
  const own = people.eta_bone.map((eta) => boneScore(traits, who.type, eta));
  let likely = own.map(() => 0), sd = own.map(() => 1);
  for (let round = 0; round < ROUNDS; round += 1) {
    const [above, error] = read(likely.map((g) => g + NEAR)), [below] = read(likely.map((g) => g - NEAR));
    const slope = above.map((one, i) => (one - below[i]) / (2 * NEAR));
    sd = slope.map((one, i) => (1 + (one / error[i]) ** 2) ** -0.5);
    likely = likely.map((g, i) => {
      const to = sd[i] ** 2 * slope[i] / error[i] ** 2 * (z - (above[i] + below[i]) / 2 + slope[i] * g);
      return g + Math.min(Math.max(to - g, -1), 1);
    });
  }
  const score = likely.map((g, i) => g + sd[i] * own[i]), [there, error] = read(score);
  const ln = score.map((g, i) => 0.5 * (own[i] ** 2 - g ** 2) + Math.log(sd[i]) - 0.5 * ((z - there[i]) / error[i]) ** 2 - Math.log(error[i]));
  return { people: at(score), ln };
}

function byFractures(model, people, n, atEntry) {
  const { told, traits } = model, years = people.age_years.map((age) => Math.min(age, told.look_back));
  const names = model.sites.filter((site) => site !== "vertebral").map((site) => `hazard_${site}`);
  const expected = (who) => {
    const rates = atEntry({ ...who, age_years: who.age_years.map((age, i) => age - years[i] / 2) }, names);
    return years.map((span, i) => told.fracture_capture * span * sum(names.map((name) => rates[name][i])));
  };
  const a = 1 / traits.frailty_variance, before = expected(people);
  const rate = before.map((one, i) => a + one / people.frailty[i]);
  const frailty = people.frailty.map((f, i) => gammaQuantile(a + n, Math.min(Math.max(gammaShares(a, a * f)[0], RANKS), 1 - RANKS)) / rate[i]);
  const moved = { ...people, frailty }, mean = expected(moved);
  const ln = frailty.map((f, i) => (rate[i] - a) * f - n * Math.log(f) - (a + n) * Math.log(rate[i]) + (n ? n * Math.log(mean[i]) : 0) - mean[i]);
  if (!ln.some(Number.isFinite)) throw new InputError("fractures_last_2_years", String(n), "accepted: 0 where there was no time or no risk to break");
  return { people: moved, ln };
}
