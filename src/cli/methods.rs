//! Several scoring methods in one run: which of them can run here, and whose the weights are.

use std::str::FromStr;

use super::scan::Scoring;
use crate::analysis::ScanMethod;
use crate::engine::{EngineOptions, recognise};
use crate::protein::Structure;
use crate::study::Weights;

/// The methods that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Methods {
    /// Whatever can run here.
    All,
    /// These, each once, in the order given.
    Named(Vec<ScanMethod>),
}

impl FromStr for Methods {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        let mut methods = Vec::new();
        for id in text.split(',') {
            let method = ScanMethod::from_id(id).ok_or_else(|| {
                let known = ScanMethod::ALL.map(ScanMethod::id).join(", ");
                format!("no method '{id}'; there are {known}, and all")
            })?;
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        Ok(Self::Named(methods))
    }
}

impl std::fmt::Display for Methods {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Named(methods) => {
                let ids: Vec<&str> = methods.iter().map(|m| m.id()).collect();
                f.write_str(&ids.join(","))
            }
        }
    }
}

impl Methods {
    /// Whether the method may be among them.
    pub fn may_be(&self, method: ScanMethod) -> bool {
        match self {
            Self::All => true,
            Self::Named(methods) => methods.contains(&method),
        }
    }

    /// Those for an input; at least one.
    pub fn of(
        &self,
        scoring: &Scoring,
        options: &EngineOptions,
        input: &Structure,
    ) -> anyhow::Result<Vec<ScanMethod>> {
        let Self::Named(methods) = self else {
            let mut there = recognise::installed(options);
            if let Weights::Path(path) = scoring.weights() {
                there.extend(recognise::methods_of(&path).map_err(anyhow::Error::msg)?);
            }
            let atoms = input.models.iter().flat_map(|m| &m.chains);
            let mut atoms = atoms.flat_map(|c| &c.residues).map(|r| r.atoms.len());
            let has_coordinates = atoms.any(|count| count > 0);
            let can_run = |m: &ScanMethod| {
                let is_there =
                    there.contains(m) || (m.needs_alignment() && scoring.has_alignment());
                is_there && (has_coordinates || !m.needs_structure())
            };
            let all: Vec<ScanMethod> = ScanMethod::ALL.into_iter().filter(can_run).collect();
            anyhow::ensure!(
                !all.is_empty(),
                "no method can run on {}: a sequence needs an alignment (--msa) or downloaded weights",
                input.name
            );
            return Ok(all);
        };
        Ok(methods.clone())
    }
}

/// The weights of each method: given ones are those of the methods that they serve.
pub fn weights(methods: &[ScanMethod], given: &Weights) -> anyhow::Result<Vec<Weights>> {
    let (Weights::Path(path), [_, _, ..]) = (given, methods) else {
        return Ok(vec![given.clone(); methods.len()]);
    };
    let mut served = recognise::methods_of(path).map_err(anyhow::Error::msg)?;
    if served.contains(&ScanMethod::WildTypeMarginals) {
        served.push(ScanMethod::Combined);
    }
    anyhow::ensure!(
        methods.iter().any(|m| served.contains(m)),
        "--weights {} serves {}, and none of these is asked for",
        path.display(),
        served.iter().map(|m| m.id()).collect::<Vec<_>>().join(", ")
    );
    let of = |method: &ScanMethod| {
        if served.contains(method) {
            given.clone()
        } else {
            Weights::Installed
        }
    };
    Ok(methods.iter().map(of).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn methods_are_named_once_and_in_order() {
        let read = |text: &str| text.parse::<Methods>();
        let two = vec![ScanMethod::Structure, ScanMethod::Stability];
        assert_eq!(
            read("structure,stability,structure"),
            Ok(Methods::Named(two))
        );
        assert_eq!(read("all"), Ok(Methods::All));
        let refused = read("stability,x").unwrap_err();
        assert!(
            refused.contains("'x'") && refused.contains("rsalor"),
            "{refused}"
        );
    }

    #[test]
    fn given_weights_go_to_the_methods_they_serve() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/esm2");
        let given = Weights::Path(path);
        let (language, ours) = (ScanMethod::WildTypeMarginals, ScanMethod::Stability);
        let found = weights(&[ours, language, ScanMethod::Combined], &given).unwrap();
        assert_eq!(found, [Weights::Installed, given.clone(), given.clone()]);
        // A method alone is asked with what is given, and says itself that it does not fit.
        assert_eq!(
            weights(&[ours], &given).unwrap(),
            std::slice::from_ref(&given)
        );
        let refused = weights(&[ours, ScanMethod::Structure], &given).unwrap_err();
        assert!(refused.to_string().contains("wt-marginals"), "{refused}");
    }
}
