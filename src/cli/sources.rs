//! The values of `--source`, `--environment` and `--method`.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::analysis::gaussian::Environment;
use crate::analysis::{ScanMethod, Source};

/// Every source once; the learned one is in its default environment.
pub fn possible() -> Vec<PossibleValue> {
    let mut ids: Vec<Source> = Source::ALL.to_vec();
    ids.dedup_by_key(|source| source.id());
    let value = |source: Source| PossibleValue::new(source.id()).help(source.about());
    ids.into_iter().map(value).collect()
}

/// A source.
pub fn source() -> impl TypedValueParser<Value = Source> {
    PossibleValuesParser::new(possible()).try_map(|id| Source::from_id(&id).ok_or("no such source"))
}

/// An environment.
pub fn environment() -> impl TypedValueParser<Value = Environment> {
    let value = |e: Environment| PossibleValue::new(e.id()).help(e.about());
    PossibleValuesParser::new(Environment::ALL.map(value)).try_map(|id| {
        let found = Environment::ALL.into_iter().find(|e| e.id() == id);
        found.ok_or("no such environment")
    })
}

/// A method of scoring mutations.
pub fn method() -> impl TypedValueParser<Value = ScanMethod> {
    PossibleValuesParser::new(ScanMethod::ALL.map(ScanMethod::id))
        .try_map(|id| ScanMethod::from_id(&id).ok_or("no such method"))
}
