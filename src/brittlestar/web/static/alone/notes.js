// What to know before an answer is believed, in the words of Python: comparison/notes.py, care/*_warnings.py,
// care/calibrated_on.py, people/unusual.py, engine/limits_met.py, comparison/plasma.py. A test asks both.
import { fixed, general, mean, quantiles, range, shortest } from "./numbers.js";
import { yearly } from "./plan.js";

const ENDS = [0.025, 0.975], WORTH = 0.01, FEW = 100, FAR = 4, GROWN = 20, Z_MOVES = 0.5, RATIO_HOLDS = 0.005;
const first = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export function notes(model, question, untreated, treated) {
  const { who, plan, years, weight } = question;
  return [...new Set([
    ...beyond(model, who, plan, years), ...(plan.drug ? [model.said.trials, model.said.pain, ...(who.age < GROWN ? model.said.growing : []), ...inChildren(model, who, plan)] : []),
    ...warnings(model, question, untreated).map(([rule, said, source]) => `${first(rule.replaceAll("-", " "))}: ${said} (source: ${source}).`),
    model.said.not_in,
    ...zMoves(model, who, untreated, weight),
    ...unusual(model, who), ...counted(question),
    ...[untreated, treated].flatMap((one) => limits(model, one)), ...plasma(model, question, treated),
  ])];
}

// What of tablets in children nothing explains.
function inChildren(model, who, { drug, oral }) {
  const found = oral && model.said.children[drug];
  return found && who.age < found[0] ? [found[1]] : [];
}

function beyond(model, who, plan, years) {
  const { ages, anybody, near, last_reference: last } = model.calibrated_on, to = who.age + years, known = plan.drug in ages ? [plan.drug] : [anybody], found = [];
  for (const group of known) {
    if (ages[group].some(([a, b]) => a - near <= who.age && to <= b + near)) continue;
    const spans = ages[group].map(([a, b]) => `from ${general(a)} to ${general(b)} y`).join(" and ");
    found.push(`Extrapolated in age: the course runs from ${general(who.age)} to ${general(to)} y; the calibration studies hold people with osteogenesis imperfecta ${group === anybody ? group : `on ${group}`} ${spans}.`);
  }
  if (to > last) found.push(`Beyond ${general(last)} y the density reference stays as it is at that age.`);
  if (who.oi_type === "healthy") found.push(model.said.people);
  if (plan.drug && !(plan.drug in ages)) found.push(`Not calibrated in OI: the calibration studies hold no numbers of ${plan.drug} in people with osteogenesis imperfecta.`);
  return found;
}

// [rule, words, source] of a plan for this person, in Python's order, each once.
function warnings(model, { who, plan, weight }, untreated) {
  const found = [], { drug, about } = plan;
  if (drug) found.push(...plan.doseWarnings, ...yearly(model, plan));
  const { vitamin_d_low: low } = model.warnings;
  if (drug && who.vitamin_d_nmol_per_l < low.value) found.push(["vitamin-d-low", `serum 25-hydroxyvitamin D of ${shortest(who.vitamin_d_nmol_per_l)} nmol/L; ${low.meaning} (${shortest(low.value)} nmol/L)`, low.source]);
  if (drug && plan.oral && who.age < about.youngest.value) found.push(["younger-than-published", `${drug} at ${general(who.age, 3)} years; ${about.youngest.meaning} (${shortest(about.youngest.value)})`, about.youngest.source]);
  if (plan.load !== null && plan.load < 1 && who.age < model.growth_ends[0]) found.push(["rest-in-childhood", model.said.rest, "assumed"]);
  const kg = mean(untreated.course.outputs.weight_kg.subarray(0, untreated.course.people), weight);
  if (drug && !about.per_kg) {
    const perKg = plan.dose * about.published.scale / kg, day = plan.oral ? "/day" : "", { high, source } = about.highest_per_kg;
    if (perKg > high * 1.001) found.push(["dose-above-published", `${drug} ${shortest(plan.dose)} ${about.unit} at ${general(kg, 3)} kg is ${general(perKg, 3)} mg/kg${day}; published doses reach ${shortest(high)} mg/kg${day}`, source]);
  }
  return found;
}

function zMoves(model, who, { course }, weight) {
  const n = course.people, last = (course.years.length - 1) * n, ends = (name) => [0, last].map((at) => mean(course.outputs[name].subarray(at, at + n), weight));
  const z = ends("ls_z"), ratio = ends("ls_ratio"), moved = z[1] - z[0];
  if (Math.abs(moved) <= Z_MOVES || ratio[1] > ratio[0] + RATIO_HOLDS) return [];
  const sign = moved >= 0 ? "+" : "-", why = who.age < GROWN ? "the spread among healthy children widens and narrows around puberty" : "the spread among healthy people changes with age";
  return [`Without treatment the Z-score moves by ${sign}${fixed(Math.abs(moved), 1)} SD while density goes from ${fixed(100 * ratio[0], 0)} % to ${fixed(100 * ratio[1], 0)} % of healthy: the Z-score also moves because ${why}. Compare plans at the same age.`];
}

function unusual(model, who) {
  const { traits: s } = model, outside = (name, value, middle, sd, log, unit) => {
    const [low, high] = [-FAR, FAR].map((reach) => (log ? middle * Math.exp(reach * sd) : middle + reach * sd));
    if (value >= low && value <= high) return [];
    const two = (x) => general(Number(general(x, 2)));
    return [`Unusual person, ${name.replaceAll(" ", "-")}-far-from-usual: ${general(value, 3)} ${unit}; nearly everybody has ${two(low)} to ${two(high)} (source: assumed).`];
  };
  return [
    ...outside("height", who.heightScore(0), 0, 1, false, "SD among people of the same type"),
    ...outside("weight", who.weightRatio(0), 1, s.weight, true, "times that expected at this height"),
    ...outside("vitamin D", who.vitamin_d_nmol_per_l, s.vitamin_d_typical, s.vitamin_d_spread, true, "nmol/L"),
  ];
}

function counted({ people, weight, effective }) {
  if (!weight) return [];
  const rough = effective < FEW ? " Rough: counts of 100 people carry a large simulation error; more draws help." : "";
  return [`Told: the Z-score or fractures weigh the ${people.id.length} people drawn by how well they fit; effective number of draws ${fixed(effective, 0)}.${rough}`];
}

// A sentence per limit of physics that held back more than a hundredth of somebody's number.
function limits(model, { course }) {
  const { outputs, people: n, years } = course, p = model.parameters, year = model.days_per_year;
  const bounds = [[p["fracture.h_free"] * year, p["fracture.h_most"] * year], [p["scanner.Z_free"], p["scanner.Z_most"]], [p["markers.Ca_free"], p["markers.Ca_most"]]];
  const of = [(k) => model.sites.reduce((all, site) => all + outputs[`hazard_${site}`][k], 0), (k) => outputs.ls_z[k], (k) => Math.abs(outputs.calcium_change_mmol_per_l[k])];
  return model.limits_met.flatMap(([name, unit], which) => {
    const [free, most] = bounds[which], room = most - free;
    let acted = 0, largest = 0;
    for (const i of range(n)) {
      let own = 0;
      for (let t = 0; t < years.length; t += 1) {
        const y = of[which](t * n + i), over = Math.min(Math.max((y - free) / room, 0), 1 - 1e-12);
        if (over > 0) own = Math.max(own, 1 - y / (free - room * Math.log1p(-over)));
      }
      if (own > WORTH) acted += 1;
      largest = Math.max(largest, own);
    }
    return acted ? [`Limit, ${name}: above ${general(free)} ${unit}, more than anybody was seen with, numbers level off at ${general(most)}; without that they would be higher by up to ${fixed(100 * largest / (1 - largest), 0)} %, in ${acted} of ${n} courses. Such a course says nothing of real people (source: assumed).`] : [];
  });
}

function plasma(model, { plan, weight }, { after }) {
  if (!after.peaks.length) return [];
  const highest = after.peaks.map((one) => ({ ...one, mean: mean(one.nmol, weight) })).reduce((a, b) => (b.mean > a.mean ? b : a));
  const three = (x) => { const [whole, rest] = Number(x.toPrecision(3)).toString().split("."); return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? `.${rest}` : ""); };
  const [low, high] = quantiles(highest.nmol, ENDS, weight), mass = highest.mean * model.parameters["drugs.molar_mass"][model.drug_names.indexOf(plan.drug)] / 1000;
  const ngs = mass < 1000 ? `${three(mass)} ng/mL` : `${three(mass / 1000)} mg/L`;
  return [`Plasma: ${plan.drug} reaches ${three(highest.mean)} nmol/L (${ngs}; 95 % of such people ${three(low)} to ${three(high)} nmol/L) at the end of an infusion of ${three(mean(highest.mg, weight))} mg over ${three(plan.about.infusion_hours)} h.`, model.said.infusion_length];
}
