//! What databases call the chains of a file, and how they number them.

use super::cif::Table;
use super::line::columns;
use crate::protein::Reference;

/// References as they are read: those of mmCIF name an entry that another table describes.
#[derive(Debug, Default)]
pub(super) struct References {
    list: Vec<Reference>,
    /// `DBREF1` whose `DBREF2` follows: chain, first number, identifier.
    long: Option<(String, i32, String)>,
    /// Identifiers of entries (`_struct_ref`), and which reference is of which.
    entries: Vec<(String, String)>,
    of_entry: Vec<(String, usize)>,
}

impl References {
    /// Takes in `DBREF`, `DBREF1` or `DBREF2`.
    pub fn record(&mut self, line: &str) {
        let chain = || columns(line, 12, 13).to_owned();
        let first = |from, to| columns(line, from, to).parse::<i32>().ok();
        match columns(line, 0, 6) {
            "DBREF" if columns(line, 26, 32) != "PDB" => {
                let names = [columns(line, 33, 41), columns(line, 42, 54)];
                if let (Some(here), Some(there)) = (first(14, 18), first(55, 60)) {
                    self.push(chain(), &names, here, there);
                }
            }
            "DBREF1" => {
                let identifier = columns(line, 47, 67).to_owned();
                self.long = first(14, 18).map(|here| (chain(), here, identifier));
            }
            "DBREF2" => {
                if let (Some((chain, here, name)), Some(there)) = (self.long.take(), first(45, 55))
                {
                    self.push(chain, &[columns(line, 18, 40), &name], here, there);
                }
            }
            _ => {}
        }
    }

    /// Takes in `_struct_ref`.
    pub fn entries(&mut self, table: &Table<'_>) {
        let column = |name: &str| table.column(&format!("_struct_ref.{name}"));
        if let (Some(id), Some(code)) = (column("id"), column("db_code")) {
            let entry = |row: &[_]| owned(row, [id, code]);
            self.entries
                .extend(table.rows().map(entry).map(|[a, b]| (a, b)));
        }
    }

    /// Takes in `_struct_ref_seq`.
    pub fn chains(&mut self, table: &Table<'_>) {
        let column = |name: &str| table.column(&format!("_struct_ref_seq.{name}"));
        let numbers = column("pdbx_auth_seq_align_beg").zip(column("db_align_beg"));
        let names = column("pdbx_strand_id").zip(column("pdbx_db_accession"));
        let (Some((here, there)), Some((chain, name)), Some(entry)) =
            (numbers, names, column("ref_id"))
        else {
            return;
        };
        let itself = column("pdbx_pdb_id_code");
        for row in table.rows() {
            let [here, there, chain, name, entry] = owned(row, [here, there, chain, name, entry]);
            let is_itself = itself.is_some_and(|k| row[k].value() == name);
            if let (Ok(here), Ok(there), false) = (here.parse(), there.parse(), is_itself) {
                self.of_entry.push((entry, self.list.len()));
                self.push(chain, &[&name], here, there);
            }
        }
    }

    fn push(&mut self, chain: String, names: &[&str], here: i32, there: i32) {
        let names = names.iter().filter(|n| !n.is_empty());
        self.list.push(Reference {
            chain,
            names: names.map(|n| (*n).to_owned()).collect(),
            offset: here.saturating_sub(there),
        });
    }

    /// All of them, with the identifiers of their entries.
    pub fn take(&mut self) -> Vec<Reference> {
        for (entry, at) in self.of_entry.drain(..) {
            let known = self.entries.iter().find(|(id, _)| *id == entry);
            if let (Some((_, code)), Some(reference)) = (known, self.list.get_mut(at))
                && !code.is_empty()
                && !reference.names.contains(code)
            {
                reference.names.push(code.clone());
            }
        }
        std::mem::take(&mut self.list)
    }
}

fn owned<const N: usize>(row: &[super::cif::Token<'_>], columns: [usize; N]) -> [String; N] {
    columns.map(|k| row[k].value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_accessions_stand_in_two_records() {
        let mut references = References::default();
        for line in [
            "DBREF1 1AAA A   61   400  UNP                  A0A023T778_MYCTU",
            "DBREF2 1AAA A     A0A023T778                         81         420",
            "DBREF  1AAA B    1    20  PDB    1AAA     1AAA             1     20",
            "DBREF  1AAA C   -1    20  UNP    P0CG47   UBB_HUMAN        3     24",
        ] {
            references.record(line);
        }
        let found = references.take();
        let seen: Vec<(&str, String, i32)> = found
            .iter()
            .map(|r| (r.chain.as_str(), r.names.join(" "), r.offset))
            .collect();
        assert_eq!(
            seen,
            [
                ("A", "A0A023T778 A0A023T778_MYCTU".to_owned(), -20),
                ("C", "P0CG47 UBB_HUMAN".to_owned(), -4)
            ]
        );
    }
}
