//! What weights are for, told from the names of their tensors.

use std::path::Path;

use super::EngineOptions;
use super::loaded::store;
use super::store::{Kind, Published, find, is_distilled, published};
use crate::analysis::ScanMethod;
use crate::models::weights::WeightsFile;

/// The scoring methods that a file, a folder or a model's name serves.
///
/// # Errors
/// Why it serves none, in words.
pub fn methods_of(path: &Path) -> Result<Vec<ScanMethod>, String> {
    let name = path.to_string_lossy();
    if !path.exists() {
        let model = find(&name).map_err(|_| {
            format!("{name}: no such file or folder; 'dynascope weights list' lists the models")
        })?;
        let methods = methods_of_model(model);
        if methods.is_empty() {
            return Err(format!("{name} predicts motion, it scores no mutations"));
        }
        return Ok(methods);
    }
    let file = WeightsFile::open(path).map_err(|e| e.to_string())?;
    let names = file.tensor_names();
    let starts = |prefix: &str| names.iter().any(|n| n.starts_with(prefix));
    if starts("res_transform_nn.") || starts("res_pred_nn.") {
        return Ok(by_name(&name));
    }
    if starts("lm_head.") {
        return Ok(of_language(&name));
    }
    if starts("trunk.") && starts("head.") {
        return Ok(vec![ScanMethod::Stability]);
    }
    if starts("decoder.") && starts("relative_position.") {
        return Ok(vec![ScanMethod::Structure]);
    }
    Err(format!(
        "{name}: its tensors do not belong to a network that scores mutations"
    ))
}

fn of_language(name: &str) -> Vec<ScanMethod> {
    if is_distilled(name) {
        return vec![ScanMethod::WildTypeMarginals];
    }
    vec![ScanMethod::WildTypeMarginals, ScanMethod::MaskedMarginals]
}

/// The scoring methods whose weights are there: shipped or installed.
#[must_use]
pub fn installed(options: &EngineOptions) -> Vec<ScanMethod> {
    let store = store(options);
    let there = published().iter().filter(|m| store.locate(m).is_some());
    let shipped = [
        ScanMethod::Stability,
        ScanMethod::Structure,
        ScanMethod::Combined,
    ];
    let found = there.flat_map(methods_of_model);
    shipped.into_iter().chain(found).collect()
}

/// The scoring methods that a published model serves.
pub(super) fn methods_of_model(model: &Published) -> Vec<ScanMethod> {
    match model.kind {
        Kind::DynaProt => Vec::new(),
        Kind::Esm | Kind::Vesm | Kind::Dance => by_name(&model.id),
    }
}

/// By the name of a language model or a model of dynamics.
fn by_name(name: &str) -> Vec<ScanMethod> {
    let name = name.to_ascii_lowercase();
    if ["esm1", "esm2", "vesm"]
        .iter()
        .any(|start| name.starts_with(start))
    {
        of_language(&name)
    } else if name.contains("seqdance") {
        vec![ScanMethod::SeqDance]
    } else {
        vec![ScanMethod::EsmDance]
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn weights_are_told_by_their_tensors() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        assert_eq!(
            methods_of(&golden.join("esm2")).unwrap(),
            [ScanMethod::WildTypeMarginals, ScanMethod::MaskedMarginals]
        );
        assert_eq!(
            methods_of(&golden.join("dance")).unwrap(),
            [ScanMethod::EsmDance]
        );
        let distilled = methods_of(Path::new("vesm-650m")).unwrap();
        assert_eq!(distilled, [ScanMethod::WildTypeMarginals]);
        assert_eq!(methods_of(Path::new("esm1v")).unwrap().len(), 2);
        assert!(
            methods_of(Path::new("dynaprot"))
                .unwrap_err()
                .contains("motion")
        );
        let dynaprot = golden.join("dynaprot/joint.safetensors");
        assert!(
            methods_of(&dynaprot)
                .unwrap_err()
                .contains("not belong to a network")
        );
        assert!(methods_of(Path::new("/no/such")).is_err());
    }
}
