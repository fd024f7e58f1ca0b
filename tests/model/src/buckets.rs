//! Amounts by bucket, and how a whole is spread over them.

/// The buckets, in their order.
pub const BUCKETS: [&str; 6] = ["principal", "interest", "penalty", "late_fee", "costs", "other"];
/// The bucket that holds a credit.
pub const OTHER: usize = 5;

/// An amount for each bucket, in minor units.
pub type Buckets = [i64; 6];

/// The sum of all buckets.
pub fn sum(of: &Buckets) -> i64 {
    of.iter().sum()
}

/// Two amounts together, bucket by bucket.
pub fn plus(one: &Buckets, other: &Buckets) -> Buckets {
    std::array::from_fn(|at| one[at] + other[at])
}

/// The rest of an amount, bucket by bucket.
pub fn minus(one: &Buckets, other: &Buckets) -> Buckets {
    std::array::from_fn(|at| one[at] - other[at])
}

/// Divides an amount in the proportion of the weights. Every cent that is left goes to the largest remainder, of
/// equal ones to the earlier bucket.
pub fn share(weights: &Buckets, minor: i64) -> Buckets {
    let whole: i128 = weights.iter().map(|part| i128::from(*part)).sum();
    let product = |at: usize| i128::from(weights[at]) * i128::from(minor);
    let mut parts: Buckets = std::array::from_fn(|at| (product(at) / whole) as i64);
    let mut open: Vec<usize> = (0..6).collect();
    while sum(&parts) < minor {
        let largest = open.iter().map(|at| product(*at) % whole).max().expect("fewer cents than buckets");
        let at = open.iter().position(|at| product(*at) % whole == largest).expect("the largest");
        parts[open.remove(at)] += 1;
    }
    parts
}

/// How the contract spreads a payment that states no parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allocation {
    /// Each bucket is paid before the next one.
    Order(Vec<usize>),
    /// Buckets with their parts per million, which sum to the whole.
    Shares(Vec<(usize, i64)>),
}

impl Allocation {
    /// The parts of a payment, and the money beyond the balance.
    pub fn spread(&self, owed: &Buckets, minor: i64) -> (Buckets, i64) {
        let mut parts = [0; 6];
        let order: Vec<usize> = match self {
            Self::Order(order) => order.clone(),
            Self::Shares(shares) => {
                let mut weights = [0; 6];
                shares.iter().for_each(|(bucket, ppm)| weights[*bucket] = *ppm);
                let asked = share(&weights, minor);
                parts = std::array::from_fn(|at| asked[at].min(owed[at]).max(0));
                let mut order = shares.clone();
                order.sort_by_key(|(bucket, ppm)| (-ppm, *bucket));
                order.into_iter().map(|(bucket, _)| bucket).collect()
            }
        };
        let unlisted = (0..6).filter(|bucket| !order.contains(bucket));
        let mut left = minor - sum(&parts);
        for bucket in order.iter().copied().chain(unlisted) {
            let more = (owed[bucket] - parts[bucket]).clamp(0, left);
            parts[bucket] += more;
            left -= more;
        }
        (parts, left)
    }
}
