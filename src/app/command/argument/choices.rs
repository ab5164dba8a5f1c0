//! The names of what is one of a few.

use super::Choice;
use crate::analysis::gaussian::Environment;
use crate::analysis::{ScanMethod, Source};
use crate::app::dynamics::source_name;
use crate::app::map_view::method_name;
use crate::app::panel::{AminoAcidOrder, ColorBy, Curve, Graphics, Panel, Reading};

impl Choice for Source {
    const WHAT: &'static str = "source";

    fn all() -> Vec<(&'static str, Self, &'static str)> {
        let name = |source: Source| match source {
            Self::Learned(other) if other != Environment::default() => other.id(),
            other => other.id(),
        };
        Self::ALL.map(|s| (name(s), s, source_name(s))).to_vec()
    }
}

impl Choice for ScanMethod {
    const WHAT: &'static str = "method";

    fn all() -> Vec<(&'static str, Self, &'static str)> {
        Self::ALL.map(|m| (m.id(), m, method_name(m))).to_vec()
    }
}

impl Choice for ColorBy {
    const WHAT: &'static str = "colour";

    fn all() -> Vec<(&'static str, Self, &'static str)> {
        Self::ALL.map(|c| (c.id(), c, c.name())).to_vec()
    }
}

impl Choice for Curve {
    const WHAT: &'static str = "curve";

    fn all() -> Vec<(&'static str, Self, &'static str)> {
        Self::ALL.map(|c| (c.id(), c, c.name())).to_vec()
    }
}

impl Choice for Reading {
    const WHAT: &'static str = "reading";

    fn all() -> Vec<(&'static str, Self, &'static str)> {
        Self::ALL.map(|r| (r.id(), r, r.name())).to_vec()
    }
}

impl Choice for Graphics {
    const WHAT: &'static str = "graphics";

    fn all() -> Vec<(&'static str, Self, &'static str)> {
        Self::ALL.map(|g| (g.id(), g, "")).to_vec()
    }
}

impl Choice for Panel {
    const WHAT: &'static str = "panel";

    fn all() -> Vec<(&'static str, Self, &'static str)> {
        Self::ALL.map(|p| (p.title(), p, "")).to_vec()
    }
}

impl Choice for AminoAcidOrder {
    const WHAT: &'static str = "order";

    fn all() -> Vec<(&'static str, Self, &'static str)> {
        Self::ALL.map(|o| (o.name(), o, "")).to_vec()
    }
}

impl Choice for bool {
    const WHAT: &'static str = "choice";

    fn all() -> Vec<(&'static str, Self, &'static str)> {
        vec![("on", true, ""), ("off", false, "")]
    }
}
