// Functions of probability. The normal ones are those of the Cephes library (S. L. Moshier), which SciPy has too.
const poly = (x, c) => c.reduce((sum, one) => sum * x + one, 0);

const P0 = [-5.99633501014107895267e1, 9.80010754185999661536e1, -5.66762857469070293439e1, 1.39312609387279679503e1, -1.23916583867381258016e0];
const Q0 = [1, 1.95448858338141759834e0, 4.67627912898881538453e0, 8.63602421390890590575e1, -2.25462687854119370527e2, 2.00260212380060660359e2, -8.20372256168333339912e1, 1.59056225126211695515e1, -1.18331621121330003142e0];
const P1 = [4.05544892305962419923e0, 3.15251094599893866154e1, 5.71628192246421288162e1, 4.40805073893200834700e1, 1.46849561928858024014e1, 2.18663306850790267539e0, -1.40256079171354495875e-1, -3.50424626827848203418e-2, -8.57456785154685413611e-4];
const Q1 = [1, 1.57799883256466749731e1, 4.53907635128879210584e1, 4.13172038254672030440e1, 1.50425385692907503408e1, 2.50464946208309415979e0, -1.42182922854787788574e-1, -3.80806407691578277194e-2, -9.33259480895457427372e-4];
const P2 = [3.23774891776946035970e0, 6.91522889068984211695e0, 3.93881025292474443415e0, 1.33303460815807542389e0, 2.01485389549179081538e-1, 1.23716634817820021358e-2, 3.01581553508235416007e-4, 2.65806974686737550832e-6, 6.23974539184983293730e-9];
const Q2 = [1, 6.02427039364742014255e0, 3.67983563856160859403e0, 1.37702099489081330271e0, 2.16236993594496635890e-1, 1.34204006088543189037e-2, 3.28014464682127739104e-4, 2.89247864745380683936e-6, 6.79019408009981274425e-9];
const TAIL = 0.13533528323661269189;  // e^-2

export function normalQuantile(share) {
  if (share <= 0 || share >= 1) return share === 0 ? -Infinity : share === 1 ? Infinity : NaN;
  const above = share > 1 - TAIL;
  const y = above ? 1 - share : share;
  if (y > TAIL) {
    const d = y - 0.5, d2 = d * d;
    return (d + d * (d2 * poly(d2, P0) / poly(d2, Q0))) * 2.50662827463100050242;
  }
  const x = Math.sqrt(-2 * Math.log(y)), z = 1 / x;
  const found = x - Math.log(x) / x - z * (x < 8 ? poly(z, P1) / poly(z, Q1) : poly(z, P2) / poly(z, Q2));
  return above ? found : -found;
}

const EP = [2.46196981473530512524e-10, 5.64189564831068821977e-1, 7.46321056442269912687e0, 4.86371970985681366614e1, 1.96520832956077098242e2, 5.26445194995477358631e2, 9.34528527171957607540e2, 1.02755188689515710272e3, 5.57535335369399327526e2];
const EQ = [1, 1.32281951154744992508e1, 8.67072140885989742329e1, 3.54937778887819891062e2, 9.75708501743205489753e2, 1.82390916687909736289e3, 2.24633760818710981792e3, 1.65666309194161350182e3, 5.57535340817727675546e2];
const ER = [5.64189583547755073984e-1, 1.27536670759978104416e0, 5.01905042251180477414e0, 6.16021097993053585195e0, 7.40974269950448939160e0, 2.97886665372100240670e0];
const ES = [1, 2.26052863220117276590e0, 9.39603524938001434673e0, 1.20489539808096656605e1, 1.70814450747565897222e1, 9.60896809063285878198e0, 3.36907645100081516050e0];
const ET = [9.60497373987051638749e0, 9.00260197203842689217e1, 2.23200534594684319226e3, 7.00332514112805075473e3, 5.55923013010394962768e4];
const EU = [1, 3.35617141647503099647e1, 5.21357949780152679795e2, 4.59432382970980127987e3, 2.26290000613890934246e4, 4.92673942608635921086e4];

const erf = (x) => x * poly(x * x, ET) / poly(x * x, EU);
const erfc = (x) => (x < 1 ? 1 - erf(x) : Math.exp(-x * x) * (x < 8 ? poly(x, EP) / poly(x, EQ) : poly(x, ER) / poly(x, ES)));

export function normalShare(a) {
  if (!Number.isFinite(a)) return a > 0 ? 1 : a < 0 ? 0 : NaN;
  const x = a * Math.SQRT1_2, z = Math.abs(x);
  if (z < 1) return 0.5 + 0.5 * erf(x);
  const y = 0.5 * erfc(z);
  return x > 0 ? 1 - y : y;
}

// ln of the gamma function of x > 0: Stirling's series, x moved up to where it is exact.
export function lnGamma(x) {
  let by = 1;
  while (x < 15) { by *= x; x += 1; }
  const z = 1 / (x * x);
  const series = (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188 - z * 691 / 360360))))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.91893853320467274178 + series - Math.log(by);
}

// Shares of the gamma distribution of shape a below and above x: whichever is the smaller is worked out.
export function gammaShares(a, x) {
  if (!(x > 0)) return [0, 1];
  const front = Math.exp(a * Math.log(x) - x - lnGamma(a));
  if (x < a + 1) {
    let term = 1 / a, sum = term;
    for (let k = 1; term > sum * 1e-17; k += 1) { term *= x / (a + k); sum += term; }
    return [front * sum, 1 - front * sum];
  }
  const above = front * fraction((k) => (k === 0 ? 1 : -k * (k - a)), (k) => x + 2 * k + 1 - a);
  return [1 - above, above];
}

// a0/(b0 + a1/(b1 + ...)) by the method of Lentz.
function fraction(a, b) {
  const tiny = 1e-300;
  let f = tiny, c = tiny, d = 0;
  for (let k = 0; k < 500; k += 1) {
    d = 1 / (b(k) + a(k) * d || tiny);
    c = b(k) + a(k) / c || tiny;
    const by = c * d;
    f *= by;
    if (Math.abs(by - 1) < 1e-16) break;
  }
  return f;
}

// Where `shares` (below, above) reach `share`, between low and high; density is their slope.
function inverse(share, shares, density, low, high, start) {
  const upper = share > 0.5, aim = upper ? 1 - share : share;
  let x = start;
  for (let k = 0; k < 200; k += 1) {
    const [below, above] = shares(x), now = upper ? above : below;
    if ((upper ? now < aim : now > aim)) high = x; else low = x;
    // Newton's step for ln of the smaller share, which bends less than the share itself.
    const step = now * Math.log(now / aim) / density(x) * (upper ? -1 : 1);
    let next = x - step;
    if (!(next > low && next < high)) next = Number.isFinite(high) ? (low + high) / 2 : 2 * x;
    if (Math.abs(next - x) <= 1e-16 * Math.abs(next)) return next;
    x = next;
  }
  return x;
}

export function gammaQuantile(a, share) {
  if (share <= 0) return 0;
  const z = normalQuantile(share), about = a * (1 - 1 / (9 * a) + z / (3 * Math.sqrt(a))) ** 3;
  const least = Math.exp((Math.log(share) + lnGamma(a + 1)) / a), front = lnGamma(a);
  const start = about > 0.1 * a ? about : Math.min(least, a);
  return inverse(share, (x) => gammaShares(a, x), (x) => Math.exp((a - 1) * Math.log(x) - x - front), 0, Infinity, start);
}

// Shares of the beta distribution below and above x.
export function betaShares(a, b, x) {
  if (!(x > 0)) return [0, 1];
  if (!(x < 1)) return [1, 0];
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - lnBeta(a, b));
  if (x > (a + 1) / (a + b + 2)) { const part = front * betaFraction(b, a, 1 - x) / b; return [1 - part, part]; }
  const part = front * betaFraction(a, b, x) / a;
  return [part, 1 - part];
}

const lnBeta = (a, b) => lnGamma(a) + lnGamma(b) - lnGamma(a + b);

function betaFraction(a, b, x) {
  return fraction((k) => {
    if (k === 0) return 1;
    const m = k >> 1;
    return k % 2 ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)) : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
  }, () => 1);
}

export function betaQuantile(a, b, share) {
  if (share <= 0 || share >= 1) return share <= 0 ? 0 : 1;
  const front = lnBeta(a, b), density = (x) => Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - front);
  return inverse(share, (x) => betaShares(a, b, x), density, 0, 1, a / (a + b));
}

// Least k of n with P(at most k) >= q, P binomial with this chance.
export function binomialQuantile(n, chance, q) {
  if (chance <= 0) return 0;
  if (chance >= 1) return n;
  let ln = n * Math.log1p(-chance), sum = Math.exp(ln), k = 0;
  const odds = Math.log(chance) - Math.log1p(-chance);
  while (sum < q && k < n) {
    ln += Math.log((n - k) / (k + 1)) + odds;
    sum += Math.exp(ln);
    k += 1;
  }
  return k;
}
