// What follows from a finished course, person by person: brittlestar/aftermath, with the formulas of outcomes/.
import { exponential, normal, uniform } from "./chance.js";
import { TIGHT, grid, infusions } from "./plan.js";
import { between, make, place, range } from "./numbers.js";
import { normalQuantile, normalShare } from "./special.js";

const AGE_STEP = 0.125, OLDEST = 130, POINTS = 5;
const clip = (x, low, high) => Math.min(Math.max(x, low), high);
const logit = (p) => Math.log(p / (1 - p)), expit = (x) => 1 / (1 + Math.exp(-x));

// Values [time, person] between outputs, and as they were known at the last one.
class Read {
  constructor({ years, outputs, people }) { Object.assign(this, { years, outputs, n: people, places: range(years.length) }); }

  at(name, person, years) {
    const { n } = this, spot = between(years, this.years, this.places), last = this.years.length - 1;
    const low = clip(Math.floor(spot + 1e-6), 0, Math.max(last - 1, 0)), share = clip(spot - low, 0, 1), values = this.outputs[name];
    const below = values[low * n + person], above = values[Math.min(low + 1, last) * n + person];
    return share < 1e-6 ? below : share > 1 - 1e-6 ? above : below + share * (above - below);
  }

  known(name, person, years) {
    return this.outputs[name][Math.max(place(this.years, years + 1e-9, true) - 1, 0) * this.n + person];
  }
}

// Chances [person] of every benefit and harm but fractures, by id; width of the metaphyses [time, person]; plasma peaks.
export function after(model, growth, { people, plan, seed }, course) {
  const year = model.days_per_year, end = course.years.at(-1) * year, n = people.id.length, read = new Read(course), p = model.after;
  const given = infusions(plan, end - TIGHT), oral = plan.drug !== null && plan.oral, { step } = grid(model, course.years.at(-1));
  // Tablets last to the end of the step in which they end.
  const until = oral ? Math.min(Math.ceil(plan.end / step) * step, end) : 0;
  const s = { model, growth, people, plan, seed, course, year, end, n, read, p, given, oral, start: given.length || oral ? 0 : Infinity, until };
  const doses = reactions(s), width = metaphyses(s), cobb = curves(s), { complaint, stops } = gut(s);
  const last = course.years.length - 1, before = pain(s, 0, doses), now = pain(s, course.years[last] * year, doses);
  return {
    width,
    peaks: peaks(s),
    chances: {
      less_pain: make(n, (i) => (before[i] - now[i] >= p.report.meaningful ? 1 : 0)),
      scoliosis: make(n, (i) => (cobb[i] > 0 ? 1 : 0)),
      severe_scoliosis: make(n, (i) => (cobb[i] > 50 ? 1 : 0)),
      acute_phase: some(n, doses, (one) => one.acute),
      acute_phase_later: some(n, doses.filter((one) => !one.naive && one.opens), (one) => one.acute),
      low_calcium: some(n, doses.filter((one) => one.opens), (one) => one.calcium),
      symptomatic_calcium: some(n, doses.filter((one) => one.opens), (one) => one.calcium * p.reactions.symptomatic),
      low_phosphate: some(n, doses.filter((one) => one.opens), (one) => one.phosphate),
      gut: complaint,
      gut_stop: stops,
      late_fracture_union: some(n, unions(s), (one) => one.late),
      late_osteotomy_union: new Float64Array(n),
      wide_metaphyses: make(n, (i) => (width[last * n + i] >= 1 + p.metaphysis.wide ? 1 : 0)),
      atypical_femur: femur(s),
    },
  };
}

// Chance of at least one event per person.
function some(n, events, chance) {
  const none = new Float64Array(n);
  for (const one of events) none[one.person] += Math.log1p(-Math.min(chance(one), 1 - 1e-12));
  return none.map((ln) => -Math.expm1(ln));
}

// Every dose that can bring a reaction: infusions, and the first tablet.
function reactions({ model, people, plan, seed, year, n, read, p, given, oral }) {
  const r = p.reactions, days = oral ? [0] : given, found = [];
  if (!days.length) return found;
  const kind = model.drug_names.indexOf(plan.drug), opens = days.map((day, i) => i === 0 || day - days[i - 1] >= r.course_gap - 1e-9);
  let course = -1;
  const number = opens.map((one) => (course += one ? 1 : 0)), sqrt = Math.sqrt(r.susceptibility), rest = Math.sqrt(1 - r.susceptibility);
  for (let i = 0; i < n; i += 1) {
    const id = people.id[i], susceptible = normal(seed, id, "acute phase susceptibility");
    days.forEach((day, k) => {
      const years = day / year, age = people.age_years[i] + day / year, naive = number[k] === 0, adult = age >= r.adult_age;
      const chance = opens[k] ? r.acute_phase[kind] * (naive ? 1 : r.later) * (adult ? r.adult : 1) : 0;
      const acute = normalShare((normalQuantile(chance) + sqrt * susceptible) / rest), ill = uniform(seed, id, "acute phase", number[k]) < acute;
      const length = ill ? (adult ? r.days_adult : r.days_child) * Math.exp(r.days_spread * normalQuantile(uniform(seed, id, "acute phase days", number[k]))) : 0;
      const one = { person: i, years, naive, opens: opens[k], acute, length, calcium: 0, phosphate: 0 };
      if (!oral && opens[k]) {
        const weight = read.at("weight_kg", i, years), mg = plan.about.per_kg ? plan.dose * weight : plan.dose;
        const turnover = Math.log2(read.known("bsap", i, years) / r.turnover_reference), later = naive ? 0 : Math.log(r.later_or);
        const vitamin = read.at("vitamin_d_nmol_per_l", i, years), intake = Math.max(people.calcium_mg_per_day[i], r.calcium_least);
        const odds = Math.exp(logit(r.low_calcium) + later + Math.log(r.turnover_or) * turnover
          + Math.log(r.vitamin_d_or) * (r.vitamin_d_reference - vitamin) / r.vitamin_d_step + Math.log(r.calcium_or) * Math.log2(r.calcium_reference / intake)) * r.calcium_drug_or[kind];
        one.calcium = odds / (1 + odds);
        one.phosphate = expit(logit(r.low_phosphate) + later + Math.log(r.phosphate_turnover_or) * turnover + Math.log(r.phosphate_dose_or) * Math.log2(Math.max(mg / weight, 1e-12) / r.dose_reference[kind]));
      }
      found.push(one);
    });
  }
  return found;
}

// Level of pain on a day, 0-10 [person].
function pain({ model, people, seed, course, year, n, read, p, given, start }, day, doses) {
  const { report, pain: q } = p, relief = given.reduce((all, at) => (at < day ? all + Math.exp(-q.infusion_decay * (day - at)) : all), 0), eased = clip(relief, 0, 1);
  const acute = new Float64Array(n), ill = new Uint8Array(n), vertebral = model.sites.indexOf("vertebral");
  course.fractures.person.forEach((i, k) => {
    const since = day - course.fractures.years[k] * year;
    if (since >= 0) acute[i] += Math.exp(-q.fracture_decay * since) * q.fracture + (course.fractures.site[k] === vertebral ? Math.exp(-report.vertebral_decay * since) * report.vertebral : 0);
  });
  for (const one of doses) { const since = day - one.years * year; if (since > 0 && since < one.length) ill[one.person] = 1; }
  const placebo = day - start > 0 ? report.placebo * Math.exp(-report.placebo_decay * (day - start)) : 0;
  return make(n, (i) => {
    const severe = clip(q.severity_slope * (1 - model.parameters["types.r1"][people.oi_type[i]]), 0, 1), rho = read.at("turnover_ratio", i, day / year);
    const usual = clip(q.base + q.severity * severe + q.turnover * (rho - 1) - q.infusion_relief * eased, 0, 10), id = people.id[i];
    const own = report.person_sd * normal(seed, id, "usual pain"), painless = uniform(seed, id, "painless") < report.painless;
    const steady = painless ? 0 : Math.max(usual + own - (placebo + report.quick * eased), 0);
    return clip(steady + acute[i] + report.reaction * ill[i], 0, 10);
  });
}

// Healing of every fracture but those of vertebrae: the chance that it has not united a year later.
function unions({ model, people, course, year, end, read, p, given, oral, until }) {
  const h = p.healing, vertebral = model.sites.indexOf("vertebral"), found = [], { person, site, years } = course.fractures;
  person.forEach((i, k) => {
    if (site[k] === vertebral) return;
    const day = years[k] * year, start = Math.max(Math.min(day, end - h.window), 0), stop = Math.min(start + h.window, end);
    let exposure = 0, rho = 0;
    for (let j = 0; j < POINTS; j += 1) {
      const at = (start + j / (POINTS - 1) * (stop - start)) / year;
      exposure += read.at("drug_exposure", i, at) / POINTS;
      rho += read.at("turnover_ratio", i, at) / POINTS;
    }
    const load = Math.sqrt(clip(exposure / h.full_exposure, 0, 1) * clip((1 - rho) / (1 - h.full_turnover), 0, 1));
    const next = given[place(given, start)] ?? Infinity, tablets = oral ? Math.max(Math.min(stop, until) - start, 0) : 0;
    const dosing = Math.min(clip(1 - (next - start) / h.window, 0, 1) / (1 - h.early) + tablets / h.window, 1);
    const E = h.local * load + (1 - h.local) * dosing, aged = Math.min(people.age_years[i] + day / year, h.age_most) - h.age_reference;
    const odds = h.delayed_fracture / (1 - h.delayed_fracture) * Math.exp(E * Math.log(h.or_fracture) + Math.log(h.age_fracture) * aged);
    found.push({ person: i, late: Math.max(odds / (1 + odds), h.never) });
  });
  return found;
}

// Whether everyone has a complaint of stomach or gullet, and whether tablets are stopped for one.
function gut({ people, seed, end, n, p, oral, until }) {
  const r = p.reactions, weeks = Math.max(Math.floor(end / 7), 1), edges = make(weeks + 1, (i) => (i === weeks ? end : i * (end / weeks)));
  const total = new Float64Array(weeks + 1), complaint = new Float64Array(n), stops = new Float64Array(n);
  for (let i = 0; i < weeks; i += 1) total[i + 1] = total[i] + r.gut * (oral && 0.5 * (edges[i + 1] + edges[i]) < until ? r.gut_drug : 1) * (edges[i + 1] - edges[i]);
  for (let i = 0; i < n; i += 1) {
    for (let k = 0, waited = 0; ; k += 1) {
      waited += exponential(seed, people.id[i], "gut complaint", k);
      if (!(waited < total[weeks])) break;
      complaint[i] = 1;
      const taking = oral && between(waited, total, edges) < until && !stops[i];
      if (taking && uniform(seed, people.id[i], "gut complaint stops", k) < r.gut_stop) stops[i] = 1;
    }
  }
  return { complaint, stops };
}

// Chance of an extra, atypical-looking fracture of the femur [person].
function femur({ course: { years, outputs }, year, n, p }) {
  const { safety } = p, step = years[1] - years[0], share = safety.femur * safety.pattern, perYear = safety.excess * year;
  return make(n, (i) => {
    let deep = 0, before = 0, total = 0, was = 0;
    for (let t = 0; t < years.length; t += 1) {
      const is = outputs.turnover_ratio[t * n + i] < safety.deep ? 1 : 0;
      if (t) deep += 0.5 * (is + was) * step;
      const rate = outputs.hazard_lower_limb[t * n + i] * share * perYear * deep;
      if (t) total += 0.5 * (rate + before) * step;
      was = is;
      before = rate;
    }
    return -Math.expm1(-total);
  });
}

// Width of the metaphyses over the untreated width [time, person].
function metaphyses({ people, seed, course: { years, outputs }, year, n, p }) {
  const m = p.metaphysis, step = (years[1] - years[0]) * year, width = new Float64Array(years.length * n).fill(1), { turnover_ratio: rho, height_cm: height } = outputs;
  for (let i = 0; i < n; i += 1) {
    const spread = m.untrimmed_spread, own = m.untrimmed * Math.exp(spread * normal(seed, people.id[i], "metaphysis width") - 0.5 * spread ** 2);
    for (let t = 0; t + 1 < years.length; t += 1) {
      const a = t * n + i, b = a + n, renewal = Math.max(10 * m.growth_share * height[b] - 10 * m.growth_share * height[a], 0) / m.zone, rest = 0.5 * (rho[b] + rho[a]);
      const back = m.late * rest * step, rate = renewal + back, kept = 1 + own * Math.max(1 - rest, 0), target = rate > 0 ? (renewal * kept + back) / rate : width[a];
      width[b] = target + (width[a] - target) * Math.exp(-rate);
    }
  }
  return width;
}

// Cobb angle at the end [person], 0 before a curve begins.
function curves({ growth, people, seed, course: { years, outputs }, year, n, p, start }) {
  const sp = p.spine, count = years.length, last = count - 1, z = outputs.ls_z, cobb = new Float64Array(n);
  const drives = new Map();
  const drive = (sex) => {
    if (!drives.has(sex)) {
      const ages = make(OLDEST / AGE_STEP, (i) => i * AGE_STEP), step = AGE_STEP * year, growing = new Float64Array(ages.length), still = new Float64Array(ages.length);
      const height = ages.map((age) => 10 * growth.height(sex, age));
      for (let i = 1; i < ages.length; i += 1) {
        const g = clip((height[i] - height[i - 1]) / step / sp.growth_ref, 0, sp.growth_cap);
        growing[i] = growing[i - 1] + g * step;
        still[i] = still[i - 1] + Math.max(1 - g, 0) * step;
      }
      drives.set(sex, { ages, growing, still, both: growing.map((one, i) => one + sp.onset_floor * still[i]) });
    }
    return drives.get(sex);
  };
  const variance = Math.log1p(sp.slope_cv ** 2);
  for (let i = 0; i < n; i += 1) {
    const d = drive(people.sex[i]), kind = people.oi_type[i], age0 = people.age_years[i], ages = make(count, (t) => age0 + years[t]);
    const per = make(count, (t) => sp.onset[kind] * sp.onset_z ** clip(sp.usual_z[kind] - (z[i] + sp.z_gain * (z[t * n + i] - z[i])), -sp.z_limit, sp.z_limit));
    const threshold = exponential(seed, people.id[i], "scoliosis onset"), at = ages.map((age) => between(age, d.ages, d.both));
    let onset = Infinity, hazard = at[0] * per[0];
    if (hazard >= threshold) onset = between(threshold / per[0], d.both, d.ages);
    else for (let t = 1; t < count; t += 1) {
      const before = hazard;
      hazard += (at[t] - at[t - 1]) * 0.5 * (per[t] + per[t - 1]);
      if (hazard >= threshold) { onset = ages[t - 1] + clip((threshold - before) / (hazard > before ? hazard - before : 1), 0, 1) * (ages[t] - ages[t - 1]); break; }
    }
    if (!(ages[last] >= onset)) continue;
    const slope = sp.slope[kind] * Math.exp(Math.sqrt(variance) * normal(seed, people.id[i], "scoliosis slope") - 0.5 * variance);
    const from = Number.isFinite(onset) ? onset : 0;
    let growing = between(from, d.ages, d.growing), still = between(from, d.ages, d.still), gained = sp.cobb_start;
    for (let t = 0; t < count; t += 1) {
      const since = Math.max(ages[t], onset), g = between(since, d.ages, d.growing), s = between(since, d.ages, d.still);
      const after_ = t ? 0.5 * (years[t] * year + years[t - 1] * year) - start : -1;
      const slowed = t && age0 + start / year < sp.early_age && after_ >= 0 && after_ < sp.early_years ? sp.early_factor[kind] : 1;
      gained += slope * (g - growing) * slowed + sp.slope_floor * (s - still);
      growing = g;
      still = s;
    }
    cobb[i] = Math.min(gained, sp.cobb_most);
  }
  return cobb;
}

// Highest plasma concentration of every infusion and person, nmol/L: [{ years, nmol [person], mg [person] }].
function peaks({ model, people, plan, year, n, read, given }) {
  if (!given.length) return [];
  const q = model.parameters, which = model.drug_names.indexOf(plan.drug), of = (name) => q[`drugs.${name}`][which], b = (name) => q[`body.${name}`];
  const length = plan.about.infusion_hours / 24;
  return given.map((day) => {
    const nmol = new Float64Array(n), mg = new Float64Array(n), years = day / year;
    for (let i = 0; i < n; i += 1) {
      const height = read.at("height_cm", i, years), weight = read.at("weight_kg", i, years), turnover = read.at("resorption", i, years) / read.at("turnover_ratio", i, years);
      const age = people.age_years[i] + years, scaled = weight / b("weight_reference"), clearance = scaled ** b("clearance_power"), volume = scaled ** b("volume_power");
      const pma = Math.max(b("term") + year / 7 * age, 0) ** b("gfr_power"), maturation = pma / (b("gfr_half_age") ** b("gfr_power") + pma), [men, women] = b("gfr_fall");
      const share = maturation * Math.max(1 - (men + (women - men) * people.sex[i]) / b("gfr_mature") * Math.max(age - b("gfr_fall_from"), 0), 0.1);
      const gfr = b("gfr_mature") * (Math.sqrt(height * weight / b("bsa_divisor")) / b("bsa_reference")) * share;
      const Vc = of("Vc") * volume, Q = of("Q") * clearance, k12 = Q / Vc, k21 = Q / (of("Vp") * volume);
      const k10 = (of("kappa") * gfr + of("CLb70") * clearance * turnover ** q["shared.theta"]) / Vc;
      const alpha = 0.5 * (k10 + k12 + k21 + Math.sqrt((k10 - k21) ** 2 + k12 ** 2 + 2 * k12 * (k10 + k21))), beta = k10 * k21 / alpha;
      const part = (rate, weighed) => weighed / rate * -Math.expm1(-rate * length);
      mg[i] = plan.about.per_kg ? plan.dose * weight : plan.dose;
      nmol[i] = mg[i] * 1e6 / of("molar_mass") / length / Vc * (part(alpha, (alpha - k21) / (alpha - beta)) + part(beta, (k21 - beta) / (alpha - beta)));
    }
    return { years, nmol, mg };
  });
}
