//! Arguments with a form of their own: numbers within limits, places, files.

use super::{Argument, Text, Values};
use crate::analysis::Source;
use crate::analysis::residue_table::ResidueMeasure;
use crate::analysis::triage::{Measure, Order};
use crate::export::product::Family;
use crate::study::FrameRange;

/// Chains by name; `None` = all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chains(pub Option<Vec<String>>);

impl Argument for Chains {
    const VALUES: Values = Values::Chains;

    fn read(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self(None));
        }
        let names = text.split([',', ' ']).filter(|n| !n.is_empty());
        let names: Vec<String> = names.map(str::to_owned).collect();
        if names.is_empty() {
            return Err("which chain?".to_owned());
        }
        Ok(Self(Some(names)))
    }

    fn write(&self) -> String {
        self.0
            .as_ref()
            .map_or_else(|| "all".to_owned(), |n| n.join(","))
    }
}

/// What is laid beside what is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    Source(Source),
    /// A file, a part of it (`FILE:B`, `FILE#2`), or a chain or model of the open one (`B`, `#2`).
    Structure(Text),
}

impl Argument for Compared {
    const VALUES: Values = Values::Compared;

    fn read(text: &str) -> Result<Self, String> {
        match Source::read(text) {
            Ok(source) => Ok(Self::Source(source)),
            Err(_) => Text::read(text).map(Self::Structure),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Source(source) => source.write(),
            Self::Structure(name) => name.write(),
        }
    }
}

/// A place in a list, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ordinal(usize);

impl Ordinal {
    /// Of a 0-based index.
    #[must_use]
    pub fn of(index: usize) -> Self {
        Self(index + 1)
    }

    /// 0-based.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 - 1
    }
}

impl Argument for Ordinal {
    fn read(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|n| *n > 0).map(Self);
        number.ok_or_else(|| format!("'{text}' is not a number from 1"))
    }

    fn write(&self) -> String {
        self.0.to_string()
    }
}

/// The number of a model in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelNumber(pub Ordinal);

impl Argument for ModelNumber {
    const VALUES: Values = Values::Models;

    fn read(text: &str) -> Result<Self, String> {
        Ordinal::read(text).map(Self)
    }

    fn write(&self) -> String {
        self.0.write()
    }
}

impl Argument for u64 {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| format!("'{text}' is not a whole number"))
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

/// From 0 to 1, without 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cutoff(pub f64);

impl Argument for Cutoff {
    fn read(text: &str) -> Result<Self, String> {
        let value = text
            .parse()
            .ok()
            .filter(|v| (0.0..1.0).contains(v))
            .map(Self);
        value.ok_or_else(|| format!("'{text}' is not a number from 0 to 1"))
    }

    fn write(&self) -> String {
        self.0.to_string()
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviations(pub f64);

impl Argument for Deviations {
    fn read(text: &str) -> Result<Self, String> {
        let positive = |v: &f64| *v > 0.0 && v.is_finite();
        let value = text.parse().ok().filter(positive).map(Self);
        value.ok_or_else(|| format!("'{text}' is not a number above 0"))
    }

    fn write(&self) -> String {
        self.0.to_string()
    }
}

/// How the structure is turned: radians about x and y, and the magnification.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turn {
    pub pitch: f64,
    pub yaw: f64,
    pub magnification: f64,
}

impl Argument for Turn {
    fn read(text: &str) -> Result<Self, String> {
        let numbers: Vec<f64> = text.split(' ').filter_map(|w| w.parse().ok()).collect();
        match numbers[..] {
            [pitch, yaw, magnification]
                if pitch.is_finite()
                    && yaw.is_finite()
                    && (0.2..=12.0).contains(&magnification) =>
            {
                Ok(Self {
                    pitch,
                    yaw,
                    magnification,
                })
            }
            _ => Err("radians about x and y, and a magnification from 0.2 to 12".to_owned()),
        }
    }

    fn write(&self) -> String {
        format!("{} {} {}", self.pitch, self.yaw, self.magnification)
    }
}

/// Steps by which the bars, the mutation map and the coupling map are zoomed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zoom {
    pub bars: u8,
    pub map: i8,
    pub coupling: u8,
}

impl Argument for Zoom {
    fn read(text: &str) -> Result<Self, String> {
        let numbers: Vec<i8> = text.split(' ').filter_map(|w| w.parse().ok()).collect();
        match numbers[..] {
            [bars @ 0..=6, map @ -5..=2, coupling @ 0..=6] => Ok(Self {
                bars: bars.unsigned_abs(),
                map,
                coupling: coupling.unsigned_abs(),
            }),
            _ => Err("steps from 0 to 6, −5 to 2, 0 to 6".to_owned()),
        }
    }

    fn write(&self) -> String {
        format!("{} {} {}", self.bars, self.map, self.coupling)
    }
}

/// A residue or a substitution, and the other residue of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    pub name: Text,
    pub partner: Option<Text>,
}

impl Argument for Spot {
    fn read(text: &str) -> Result<Self, String> {
        let (name, partner) = match text.split_once(" with ") {
            Some((name, partner)) => (name, Some(Text::read(partner)?)),
            None => (text, None),
        };
        let name = Text::read(name)?;
        Ok(Self { name, partner })
    }

    fn write(&self) -> String {
        match &self.partner {
            Some(partner) => format!("{} with {}", self.name.0, partner.0),
            None => self.name.0.clone(),
        }
    }
}

/// Trajectories, and which of their frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    pub files: Vec<Text>,
    pub frames: FrameRange,
}

impl Argument for Runs {
    const VALUES: Values = Values::Files;

    fn read(text: &str) -> Result<Self, String> {
        let (files, frames) = match text.rsplit_once(" frames ") {
            Some((files, frames)) => (files, frames.parse()?),
            None => (text, FrameRange::default()),
        };
        let files = files.split(',').map(Text::read).collect::<Result<_, _>>()?;
        Ok(Self { files, frames })
    }

    fn write(&self) -> String {
        let files: Vec<&str> = self.files.iter().map(Text::as_str).collect();
        let files = files.join(", ");
        if self.frames == FrameRange::default() {
            files
        } else {
            format!("{files} frames {}", self.frames)
        }
    }
}

/// What is noted on a residue or a substitution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Without spaces.
    pub name: Text,
    pub text: Text,
}

impl Argument for Remark {
    fn read(text: &str) -> Result<Self, String> {
        let (name, text) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let (name, text) = (Text::read(name)?, Text::read(text)?);
        Ok(Self { name, text })
    }

    fn write(&self) -> String {
        format!("{} {}", self.name.0, self.text.0)
    }
}

/// The order of the triage table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortBy {
    pub measure: Measure,
    pub order: Order,
}

impl Argument for SortBy {
    const VALUES: Values = Values::Named(|| Measure::ALL.map(|m| (m.id(), m.about())).to_vec());

    fn read(text: &str) -> Result<Self, String> {
        let (name, order) = text.split_once(' ').unwrap_or((text, ""));
        let measure = Measure::from_id(name).ok_or_else(|| {
            let names = Measure::ALL.map(Measure::id);
            format!("no column '{name}': {}", names.join(", "))
        })?;
        let order = self::order(order)?.unwrap_or_else(|| Order::best_first(measure));
        Ok(Self { measure, order })
    }

    fn write(&self) -> String {
        format!("{} {}", self.measure.id(), order_name(self.order))
    }
}

fn order(text: &str) -> Result<Option<Order>, String> {
    match text.trim() {
        "" => Ok(None),
        "ascending" => Ok(Some(Order::Ascending)),
        "descending" => Ok(Some(Order::Descending)),
        other => Err(format!("no order '{other}': ascending, descending")),
    }
}

/// The order of the table of residues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResidueSort {
    pub measure: ResidueMeasure,
    pub order: Order,
}

impl Argument for ResidueSort {
    const VALUES: Values =
        Values::Named(|| ResidueMeasure::ALL.map(|m| (m.id(), m.about())).to_vec());

    fn read(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
        let measure = ResidueMeasure::from_id(name).ok_or_else(|| {
            let names = ResidueMeasure::ALL.map(ResidueMeasure::id);
            format!("no column '{name}': {}", names.join(", "))
        })?;
        let order = order(rest)?.unwrap_or(Order::Descending);
        Ok(Self { measure, order })
    }

    fn write(&self) -> String {
        format!("{} {}", self.measure.id(), order_name(self.order))
    }
}

fn order_name(order: Order) -> &'static str {
    match order {
        Order::Ascending => "ascending",
        Order::Descending => "descending",
    }
}

/// A file to write; without a family the focused panel decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportTo {
    pub family: Option<Family>,
    pub path: Text,
}

impl ExportTo {
    fn split(text: &str) -> Option<(Family, &str)> {
        let (word, path) = text.split_once(' ')?;
        let family = Family::ALL.into_iter().find(|f| f.id() == word)?;
        Some((family, path))
    }
}

impl Argument for ExportTo {
    const VALUES: Values = Values::Families;

    fn read(text: &str) -> Result<Self, String> {
        let (family, path) = match Self::split(text) {
            Some((family, path)) => (Some(family), path),
            None => (None, text),
        };
        let path = Text::read(path)?;
        Ok(Self { family, path })
    }

    fn write(&self) -> String {
        let path = self.path.as_str();
        match self.family {
            Some(family) => format!("{} {path}", family.id()),
            // A file whose first word is a family's name.
            None if Self::split(path).is_some() => format!("./{path}"),
            None => path.to_owned(),
        }
    }
}
