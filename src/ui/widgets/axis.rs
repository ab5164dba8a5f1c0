//! Round numbers for axes.

/// The first of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 × 10ⁿ that is at least `value`; 1 for 0.
#[must_use]
pub fn round_up(value: f64) -> f64 {
    if !(value.is_finite() && value > 0.0) {
        return 1.0;
    }
    let decade = 10f64.powf(value.log10().floor());
    let steps = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let found = steps
        .into_iter()
        .find(|s| s * decade >= value * (1.0 - 1e-9));
    found.unwrap_or(10.0) * decade
}

/// The least of 1, 2, 5 × 10ⁿ of which at most `most` go into `top`.
#[must_use]
pub fn tick_step(top: f64, most: usize) -> f64 {
    let least = top / most.max(1) as f64;
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let decade = 10f64.powf(least.log10().floor());
    let found = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|s| s * decade >= least * (1.0 - 1e-9));
    found.unwrap_or(10.0) * decade
}

/// Rounded to two digits that say something.
pub(super) fn two_digits(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return value;
    }
    let unit = 10f64.powf(value.log10().floor() - 1.0);
    (value / unit).round() * unit
}

/// A number in as few digits as an axis needs.
pub(super) fn number(value: f64) -> String {
    let digits = match value.abs() {
        v if v == 0.0 || v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 0.1 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    if digits > 1 && text.ends_with('0') {
        return text[..text.len() - 1].to_owned();
    }
    text
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "round numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn axes_end_on_round_numbers() {
        assert_eq!(
            [0.0, 0.93, 1.01, 2.3, 37.0, f64::NAN].map(round_up),
            [1.0, 1.0, 1.2, 2.5, 40.0, 1.0]
        );
        assert_eq!(
            [0.0, 2.0, 2.5, 12.0, 250.0, 0.05].map(number),
            ["0", "2.0", "2.5", "12.0", "250", "0.05"]
        );
    }

    #[test]
    fn ticks_are_one_two_or_five() {
        for (top, most, step) in [
            (2.5, 3, 1.0),
            (2.0, 4, 0.5),
            (1.2, 2, 1.0),
            (8.0, 4, 2.0),
            (0.3, 6, 0.05),
            (f64::NAN, 3, 1.0),
        ] {
            let found = tick_step(top, most);
            assert!((found - step).abs() < 1e-12, "{top} {most}: {found}");
        }
    }
}
