//! A ChimeraX script: worms and colours by RMSF, and the marked residues.

use std::io::{self, Write};

use super::plot::color_range;
use super::pymol::{Marked, StructureFile};
use crate::protein::ResidueId;
use crate::study::DynamicsReport;

/// Writes the commands. The structure must become model #1.
///
/// # Errors
/// When `out` cannot be written.
pub fn dynamics(
    report: &DynamicsReport,
    file: &StructureFile,
    marked: &[Marked],
    mut out: impl Write,
) -> io::Result<()> {
    for (name, value) in report.provenance.pairs() {
        // A remark ends where the next command begins.
        writeln!(out, "# {name}: {}", shown(&value).replace(';', ","))?;
    }
    writeln!(out, "open {}", quoted(&file.path))?;
    writeln!(out, "# RMSF of each residue in Å")?;
    for (residue, value) in report.protein.residues.iter().zip(&report.rmsf_angstrom) {
        if value.is_finite() {
            writeln!(
                out,
                "setattr {} residues rmsf {value:.4} type float create true",
                residue_spec(file, &residue.id)
            )?;
        }
    }
    let (low, high) = color_range(&report.rmsf_angstrom);
    writeln!(out, "# thick and red = mobile, thin and blue = rigid")?;
    writeln!(out, "hide #1 atoms\nshow #1 cartoons")?;
    writeln!(
        out,
        "color byattribute r:rmsf #1 palette {} range {low:.3},{high:.3} noValueColor gray",
        super::plot::motion_palette()
            .map(|color| format!("#{}", color.hex()))
            .join(":")
    )?;
    writeln!(out, "cartoon byattribute r:rmsf #1")?;
    for mark in marked {
        let Some(residue) = report.protein.residues.get(mark.index) else {
            continue;
        };
        let spec = residue_spec(file, &residue.id);
        writeln!(out, "show {spec} atoms\nstyle {spec} stick")?;
        writeln!(out, "label {spec} residues text {}", quoted(&mark.label))?;
    }
    writeln!(out, "view")
}

fn residue_spec(file: &StructureFile, id: &ResidueId) -> String {
    format!("#1/{}:{}", file.chain(&id.chain), id.place())
}

/// A word of a command: in the quotes that it does not hold itself, else with those it holds escaped.
fn quoted(text: &str) -> String {
    let text = shown(text);
    if text.contains('\'') && !text.contains('"') && !text.contains('\\') {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
    }
}

fn shown(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::export::samples;

    /// The words of a command, strings without their quotes.
    fn words(line: &str) -> Vec<String> {
        let mut words = Vec::new();
        let mut rest = line.chars().peekable();
        while let Some(&first) = rest.peek() {
            let mut word = String::new();
            match first {
                ' ' => drop(rest.next()),
                '"' | '\'' => {
                    rest.next();
                    loop {
                        match rest.next().expect("a string ends") {
                            c if c == first => break,
                            '\\' => word.push(rest.next().unwrap()),
                            c => word.push(c),
                        }
                    }
                    assert!(rest.peek().is_none_or(|c| *c == ' '), "{line}");
                    words.push(word);
                }
                _ => {
                    while let Some(c) = rest.next_if(|c| *c != ' ') {
                        assert!(!"\"';".contains(c), "{line}");
                        word.push(c);
                    }
                    words.push(word);
                }
            }
        }
        words
    }

    /// `#1/A:-5B`: a model, a chain, a number that may have an insertion code.
    fn is_spec(word: &str) -> bool {
        let Some(place) = word.strip_prefix("#1") else {
            return false;
        };
        let Some((chain, number)) = place.strip_prefix('/').and_then(|p| p.split_once(':')) else {
            return place.is_empty();
        };
        let digits = number.trim_end_matches(|c: char| c.is_ascii_uppercase());
        let letters = |t: &str| t.bytes().all(|b| b.is_ascii_alphanumeric());
        letters(chain) && digits.parse::<i32>().is_ok() && number.len() - digits.len() < 2
    }

    /// Whether ChimeraX's manual allows the command: `*` a word or string, `#` a place, `0` a number.
    fn is_command(line: &str) -> bool {
        const FORMS: [&str; 10] = [
            "open *",
            "setattr # residues rmsf 0 type float create true",
            "hide # atoms",
            "show # cartoons",
            "show # atoms",
            "style # stick",
            "color byattribute r:rmsf # palette * range * noValueColor gray",
            "cartoon byattribute r:rmsf #",
            "label # residues text *",
            "view",
        ];
        let words = words(line);
        FORMS.iter().any(|form| {
            let form: Vec<&str> = form.split(' ').collect();
            let fits = |(form, word): (&&str, &String)| match *form {
                "*" => true,
                "#" => is_spec(word),
                "0" => word.parse::<f64>().is_ok(),
                literal => literal == word,
            };
            form.len() == words.len() && form.iter().zip(&words).all(fits)
        })
    }

    fn written(path: &str, label: &str) -> String {
        let report = samples::ubiquitin();
        let mark = |index: usize, label: &str| Marked {
            index,
            label: label.to_owned(),
        };
        let file = StructureFile {
            path: path.to_owned(),
            letters: None,
        };
        let mut bytes = Vec::new();
        let marked = [mark(0, label), mark(999, "")];
        dynamics(&report, &file, &marked, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_line_is_a_command_whatever_the_names_are() {
        for name in [
            "1ubi.pdb",
            "it's; a \"name\", with\nmore.pdb",
            "a\\b'c.pdb",
            "it's.pdb",
        ] {
            let text = written(name, &format!("A:M1K {name}"));
            let commands = text.lines().filter(|l| !l.starts_with('#'));
            for line in commands {
                assert!(is_command(line), "{line}");
            }
            assert!(
                text.lines()
                    .all(|l| !l.starts_with('#') || !l.contains(';'))
            );
            let open = text.lines().find(|l| l.starts_with("open ")).unwrap();
            assert_eq!(words(open)[1], name.replace('\n', " "));
        }
    }

    #[test]
    fn every_residue_has_its_attribute() {
        let report = samples::ubiquitin();
        let text = written("1ubi.pdb", "A:M1K");
        let values: Vec<(String, f64)> = text
            .lines()
            .filter_map(|l| l.strip_prefix("setattr "))
            .map(|l| {
                let words: Vec<&str> = l.split(' ').collect();
                (words[0].to_owned(), words[3].parse().unwrap())
            })
            .collect();
        assert_eq!(values.len(), 76);
        assert_eq!(values[41].0, "#1/A:42");
        assert!((values[41].1 - report.rmsf_angstrom[41]).abs() < 1e-4);
        assert!(text.contains("label #1/A:1 residues text 'A:M1K'"));
        assert_eq!(text.matches("stick").count(), 1);
    }
}
