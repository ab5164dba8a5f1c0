//! Pure writers: results in, bytes out.
//!
//! One result gives the same bytes from the terminal and from the sub-commands. Result types are not
//! `Serialize`: the rows here are, so that no change inside alters a file by accident.

pub mod chimerax;
pub mod cif;
pub mod content;
pub mod json;
pub mod mutants;
pub mod nmd;
pub mod npz;
pub mod pairs;
pub mod pdb;
pub mod plot;
pub mod product;
pub mod pymol;
pub mod ranking;
pub mod report;
pub mod residues;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
pub(crate) mod samples;
pub mod scored;
pub mod table;
pub mod two_structures;

/// Digits that decimal files keep: more than any prediction is worth, and f32's seven survive.
const SIGNIFICANT_DIGITS: usize = 9;

/// A correlation for people; without spread there is none.
#[must_use]
pub fn correlation(r: f64) -> String {
    if r.is_finite() {
        format!("{r:.2}")
    } else {
        "undefined (values without spread)".to_owned()
    }
}

/// `value` at the precision of the files; `None` where it is not a number.
#[must_use]
pub fn rounded(value: f64) -> Option<f64> {
    if !value.is_finite() {
        return None;
    }
    let text = format!("{value:.*e}", SIGNIFICANT_DIGITS - 1);
    // -0 is written as 0.
    text.parse::<f64>().ok().map(|v| v + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_nine_digits_and_no_nan() {
        assert_eq!(rounded(1.0 / 3.0), Some(0.333_333_333));
        assert_eq!(rounded(f64::NAN), None);
        assert_eq!(rounded(-0.0).map(f64::is_sign_negative), Some(false));
    }
}
