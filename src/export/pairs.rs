//! The coupling of all pairs of residues as a table.

use std::io::{self, Write};

use super::rounded;
use super::table::{author_chain, author_code};
use crate::protein::Residue;
use crate::study::{DynamicsReport, PaeReport};

/// The columns. Scripts rely on them.
pub const HEADER: &str = "chain_1,residue_number_1,insertion_code_1,residue_1,index_1,\
                          chain_2,residue_number_2,insertion_code_2,residue_2,index_2,\
                          coupling_angstrom2,correlation,lmi";

/// Writes one row a pair, the first residue before the second.
///
/// # Errors
/// When `out` cannot be written.
pub fn coupling(report: &DynamicsReport, out: impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(HEADER.split(','))?;
    let residues = &report.protein.residues;
    let dynamics = &report.dynamics;
    let columns: Vec<[String; 5]> = residues.iter().enumerate().map(place).collect();
    let number = |value: f64| rounded(value).map_or_else(String::new, |v| v.to_string());
    for i in 0..dynamics.correlation.rows() {
        for j in i + 1..dynamics.correlation.rows() {
            let maps = [
                &dynamics.coupling,
                &dynamics.correlation,
                &dynamics.mutual_information,
            ];
            let values = maps.map(|map| number(map[(i, j)]));
            writer.write_record(columns[i].iter().chain(&columns[j]).chain(&values))?;
        }
    }
    writer.flush()
}

/// The columns of the predicted aligned error. Scripts rely on them.
pub const PAE_HEADER: &str = "chain_1,residue_number_1,insertion_code_1,residue_1,index_1,\
                              chain_2,residue_number_2,insertion_code_2,residue_2,index_2,\
                              pae_angstrom,pae_laid_on_2_angstrom,domain_1,domain_2";

/// Writes one row a pair, the first residue before the second: the error of the second when the model is laid
/// on the first, the error of the first when it is laid on the second, and the domains, from 1.
///
/// # Errors
/// When `out` cannot be written.
pub fn pae(report: &PaeReport, out: impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(PAE_HEADER.split(','))?;
    let residues = report.protein.residues.iter().enumerate();
    let columns: Vec<[String; 5]> = residues.map(place).collect();
    let number = |value: f64| rounded(value).map_or_else(String::new, |v| v.to_string());
    let domain = |i: usize| {
        let domain = report.domains[i];
        domain.map_or_else(String::new, |d| (d + 1).to_string())
    };
    let error = &report.error_angstrom;
    for i in 0..columns.len() {
        for j in i + 1..columns.len() {
            let values = [
                number(error[(i, j)]),
                number(error[(j, i)]),
                domain(i),
                domain(j),
            ];
            writer.write_record(columns[i].iter().chain(&columns[j]).chain(&values))?;
        }
    }
    writer.flush()
}

fn place((index, residue): (usize, &Residue)) -> [String; 5] {
    let id = &residue.id;
    let number = id.is_seen().then(|| id.number.to_string());
    [
        author_chain(id),
        number.unwrap_or_default(),
        author_code(id).map(String::from).unwrap_or_default(),
        residue.name.clone(),
        (index + 1).to_string(),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::export::samples;

    #[test]
    fn every_pair_has_a_row() {
        let report = samples::ubiquitin();
        let mut bytes = Vec::new();
        coupling(&report, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 76 * 75 / 2);
        assert_eq!(lines[0].matches(',').count(), 12);
        assert!(
            lines[1].starts_with("A,1,,MET,1,A,2,,GLN,2,"),
            "{}",
            lines[1]
        );
        let last: Vec<f64> = lines[1]
            .rsplit(',')
            .take(2)
            .map(|x| x.parse().unwrap())
            .collect();
        assert!((last[1] - report.dynamics.correlation[(0, 1)]).abs() < 1e-8);
        assert!((last[0] - report.dynamics.mutual_information[(0, 1)]).abs() < 1e-8);
    }
}
