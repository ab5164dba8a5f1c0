//! Descriptions of biological assemblies: `REMARK 350` of PDB files, and two tables of mmCIF.

use std::collections::HashMap;

use super::cif::{Table, Token};
use crate::numeric::{Frame, Vec3};
use crate::protein::assembly::{Assembly, Copies, identity, product};

/// Copies that an expression may name; a capsid with its lattice has thousands.
const MOST_COPIES: usize = 10_000;

/// What has been read of them.
#[derive(Debug, Default)]
pub(super) struct Assemblies {
    list: Vec<Assembly>,
    /// Assemblies that the next operators of a PDB file are of.
    current: Vec<usize>,
    /// Rows of the operator that is being read.
    rows: Vec<[f64; 4]>,
    /// mmCIF: assembly, expression, chains.
    generations: Vec<[String; 3]>,
    operators: HashMap<String, Frame>,
}

impl Assemblies {
    /// Takes in a `REMARK 350` line.
    pub fn remark(&mut self, line: &str) {
        let text = line.get(10..).unwrap_or("").trim();
        if let Some(names) = text.strip_prefix("BIOMOLECULE:") {
            self.current.clear();
            for id in names.split(',').map(str::trim).filter(|n| !n.is_empty()) {
                self.current.push(self.list.len());
                self.list.push(Assembly {
                    id: id.to_owned(),
                    copies: Vec::new(),
                });
            }
            return;
        }
        if let Some((head, chains)) = text.split_once("CHAINS:") {
            let is_new = head.starts_with("APPLY");
            self.name_chains(chains, is_new);
            return;
        }
        if let Some(row) = text.strip_prefix("BIOMT") {
            self.row(row);
        }
    }

    fn name_chains(&mut self, chains: &str, is_new: bool) {
        let names = chains.split([',', ' ']).map(str::trim);
        let names: Vec<String> = names
            .filter(|n| !n.is_empty() && *n != "NULL")
            .map(str::to_owned)
            .collect();
        for &at in &self.current {
            let copies = &mut self.list[at].copies;
            match copies.last_mut().filter(|_| !is_new) {
                Some(last) => last.chains.extend(names.iter().cloned()),
                None => copies.push(Copies {
                    chains: names.clone(),
                    operators: Vec::new(),
                }),
            }
        }
    }

    /// `1   2  0.0 -1.0  0.0  12.3`: the row, the operator's number, a row of the matrix, the shift.
    fn row(&mut self, text: &str) {
        let numbers: Vec<f64> = text
            .split_ascii_whitespace()
            .map_while(|word| word.parse().ok().filter(|x: &f64| x.is_finite()))
            .collect();
        let [row, _, a, b, c, shift] = numbers[..] else {
            self.rows.clear();
            return;
        };
        if (row - (self.rows.len() + 1) as f64).abs() > 0.1 {
            self.rows.clear();
        }
        self.rows.push([a, b, c, shift]);
        if let [x, y, z] = self.rows[..] {
            self.rows.clear();
            let operator = frame([x, y, z]);
            for &at in &self.current {
                if let Some(last) = self.list[at].copies.last_mut() {
                    last.operators.push(operator);
                }
            }
        }
    }

    /// Takes in `_pdbx_struct_assembly_gen`.
    pub fn generations(&mut self, table: &Table<'_>) {
        let column = |name: &str| table.column(&format!("_pdbx_struct_assembly_gen.{name}"));
        let (Some(id), Some(how), Some(chains)) = (
            column("assembly_id"),
            column("oper_expression"),
            column("asym_id_list"),
        ) else {
            return;
        };
        let owned = |row: &[Token<'_>]| [id, how, chains].map(|k| row[k].value().to_owned());
        self.generations.extend(table.rows().map(owned));
    }

    /// Takes in `_pdbx_struct_oper_list`.
    pub fn operators(&mut self, table: &Table<'_>) {
        let column = |name: &str| table.column(&format!("_pdbx_struct_oper_list.{name}"));
        let Some(id) = column("id") else { return };
        let places: Option<Vec<usize>> = (1..=3)
            .flat_map(|r| {
                let entries = (1..=3).map(move |c| format!("matrix[{r}][{c}]"));
                entries.chain(std::iter::once(format!("vector[{r}]")))
            })
            .map(|name| column(&name))
            .collect();
        let Some(places) = places else { return };
        for row in table.rows() {
            let numbers: Vec<f64> = places
                .iter()
                .map_while(|&k| row[k].value().parse().ok())
                .filter(|x: &f64| x.is_finite())
                .collect();
            let (rows, []) = numbers.as_chunks::<4>() else {
                continue;
            };
            if let [x, y, z] = *rows {
                let operator = frame([x, y, z]);
                self.operators.insert(row[id].value().to_owned(), operator);
            }
        }
    }

    /// All that are whole.
    pub fn take(&mut self) -> Vec<Assembly> {
        for [id, how, chains] in std::mem::take(&mut self.generations) {
            let Some(operators) = self.expressed(&how) else {
                continue;
            };
            let names = chains.split(',').map(|c| c.trim().to_owned());
            let copies = Copies {
                chains: names.filter(|c| !c.is_empty()).collect(),
                operators,
            };
            match self.list.iter_mut().find(|a| a.id == id) {
                Some(known) => known.copies.push(copies),
                None => self.list.push(Assembly {
                    id,
                    copies: vec![copies],
                }),
            }
        }
        let mut list = std::mem::take(&mut self.list);
        for assembly in &mut list {
            let is_whole = |c: &Copies| !c.chains.is_empty() && !c.operators.is_empty();
            assembly.copies.retain(is_whole);
        }
        list.retain(|a| !a.copies.is_empty());
        list
    }

    /// `1,2`, `(1-60)`, `(X0)(1-5,8)`: of several sets each with each, the last set applied first.
    fn expressed(&self, text: &str) -> Option<Vec<Frame>> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let sets: Vec<&str> = if text.contains('(') {
            let inner = text.strip_prefix('(')?.strip_suffix(')')?;
            inner.split(")(").collect()
        } else {
            vec![&text]
        };
        let mut all = vec![identity()];
        for set in sets {
            let own = self.of_set(set)?;
            if all.len().saturating_mul(own.len()) > MOST_COPIES {
                return None;
            }
            let joined = all
                .iter()
                .flat_map(|left| own.iter().map(move |right| product(left, right)));
            all = joined.collect();
        }
        Some(all)
    }

    fn of_set(&self, set: &str) -> Option<Vec<Frame>> {
        let mut found = Vec::new();
        for item in set.split(',').filter(|i| !i.is_empty()) {
            if let Some(one) = self.operators.get(item) {
                found.push(*one);
                continue;
            }
            let (first, last) = item.split_once('-')?;
            let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
            if last.saturating_sub(first) >= MOST_COPIES {
                return None;
            }
            for number in first..=last {
                found.push(*self.operators.get(&number.to_string())?);
            }
        }
        Some(found)
    }
}

fn frame(rows: [[f64; 4]; 3]) -> Frame {
    Frame {
        rotation: nalgebra::Matrix3::from_fn(|r, c| rows[r][c]),
        origin: Vec3::from_fn(|r, _| rows[r][3]),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn shift(x: f64) -> Frame {
        Frame {
            origin: Vec3::new(x, 0.0, 0.0),
            ..identity()
        }
    }

    #[test]
    fn expressions_name_operators_and_products_of_sets() {
        let mut assemblies = Assemblies::default();
        for (id, x) in [("1", 1.0), ("2", 20.0), ("3", 300.0), ("X0", 4000.0)] {
            assemblies.operators.insert(id.to_owned(), shift(x));
        }
        let along = |text: &str| -> Option<Vec<f64>> {
            let all = assemblies.expressed(text)?;
            Some(all.iter().map(|f| f.origin.x).collect())
        };
        assert_eq!(along("1"), Some(vec![1.0]));
        assert_eq!(along("1,3"), Some(vec![1.0, 300.0]));
        assert_eq!(along("(1-3)"), Some(vec![1.0, 20.0, 300.0]));
        assert_eq!(along("(X0)(1-2, 3)"), Some(vec![4001.0, 4020.0, 4300.0]));
        assert_eq!(along("(1,2)(3)"), Some(vec![301.0, 320.0]));
        for wrong in ["9", "(1-9)", "(1", "1)(2", "(1-60000)"] {
            assert_eq!(along(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_last_set_is_applied_first() {
        let mut assemblies = Assemblies::default();
        let turn = frame([
            [0.0, -1.0, 0.0, 0.0],
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
        ]);
        assemblies.operators.insert("t".to_owned(), turn);
        assemblies.operators.insert("s".to_owned(), shift(5.0));
        let placed = |text: &str| assemblies.expressed(text).unwrap()[0].origin;
        assert_eq!(placed("(t)(s)"), Vec3::new(0.0, 5.0, 0.0));
        assert_eq!(placed("(s)(t)"), Vec3::new(5.0, 0.0, 0.0));
    }
}
