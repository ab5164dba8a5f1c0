//! PAE in JSON, read as it comes: a file of 5 000 residues has more than 100 MB of digits.

use std::fmt;
use std::io::{self, BufRead};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess};
use serde::de::{SeqAccess, Visitor};

use super::{Content, MOST_TOKENS};

pub(super) fn read(from: impl BufRead) -> io::Result<Option<Content>> {
    let mut json = serde_json::Deserializer::from_reader(from);
    let found = Document.deserialize(&mut json).map_err(io::Error::from)?;
    json.end().map_err(io::Error::from)?;
    Ok(found)
}

/// The object, or a list whose first item it is.
struct Document;

impl<'de> DeserializeSeed<'de> for Document {
    type Value = Option<Content>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document {
    type Value = Option<Content>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a PAE, or a list of one")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let first = list.next_element_seed(Document)?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first.flatten())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let (mut rows, mut pairs) = (None, Pairs::default());
        let (mut chains, mut numbers) = (Vec::new(), Vec::new());
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                "predicted_aligned_error" | "pae" => rows = Some(object.next_value_seed(Rows)?),
                "residue1" => pairs.first = object.next_value_seed(Flat(to_index))?,
                "residue2" => pairs.second = object.next_value_seed(Flat(to_index))?,
                "distance" => pairs.distance = object.next_value_seed(Flat(to_f32))?,
                "token_chain_ids" => chains = object.next_value::<Vec<String>>()?,
                "token_res_ids" => numbers = object.next_value::<Vec<i32>>()?,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        let mut content = match rows {
            Some(rows) => rows,
            None if pairs.distance.is_empty() => return Ok(None),
            None => pairs.square().map_err(A::Error::custom)?,
        };
        if chains.len() == numbers.len() {
            content.names = chains.into_iter().zip(numbers).collect();
        }
        Ok(Some(content))
    }
}

fn to_f32(value: f64) -> Option<f32> {
    (value.abs() <= f64::from(f32::MAX)).then_some(value as f32)
}

fn to_index(value: f64) -> Option<u16> {
    let is_one = (1.0..=MOST_TOKENS as f64).contains(&value) && value.fract() == 0.0;
    is_one.then_some(value as u16)
}

/// The older form: who is laid on, who is off, and by how much.
#[derive(Default)]
struct Pairs {
    first: Vec<u16>,
    second: Vec<u16>,
    distance: Vec<f32>,
}

impl Pairs {
    fn square(self) -> Result<Content, String> {
        let count = self.distance.len();
        if (self.first.len(), self.second.len()) != (count, count) {
            return Err("residue1, residue2 and distance differ in length".to_owned());
        }
        let columns = usize::from(self.first.iter().copied().max().unwrap_or(0));
        if columns * columns != count {
            return Err(format!("{count} pairs are not those of {columns} residues"));
        }
        let mut values = vec![f32::NAN; count];
        for ((i, j), value) in self.first.iter().zip(&self.second).zip(self.distance) {
            let at = (usize::from(*i) - 1) * columns + usize::from(*j) - 1;
            let place = values.get_mut(at).filter(|_| usize::from(*j) <= columns);
            *place.ok_or_else(|| format!("residue2 {j} of {columns} residues"))? = value;
        }
        Ok(Content {
            values,
            columns,
            ..Content::default()
        })
    }
}

/// A list of numbers.
struct Flat<T>(fn(f64) -> Option<T>);

impl<'de, T> DeserializeSeed<'de> for Flat<T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, T> Visitor<'de> for Flat<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element::<f64>()? {
            let value = (self.0)(value);
            values.push(value.ok_or_else(|| A::Error::custom("a number is out of its range"))?);
            too_many::<A::Error>(values.len())?;
        }
        Ok(values)
    }
}

fn too_many<E: Error>(values: usize) -> Result<(), E> {
    if values <= MOST_TOKENS * MOST_TOKENS {
        return Ok(());
    }
    Err(E::custom(format!(
        "a PAE of more than {MOST_TOKENS} residues is not read"
    )))
}

/// A list of lists, as long as each other.
struct Rows;

impl<'de> DeserializeSeed<'de> for Rows {
    type Value = Content;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the rows of the PAE")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut content = Content::default();
        let mut rows = 0;
        while let Some(length) = list.next_element_seed(Row(&mut content.values))? {
            rows += 1;
            if rows == 1 {
                content.columns = length;
                let all = length.min(MOST_TOKENS).pow(2);
                content.values.reserve_exact(all - length.min(all));
            }
            if length != content.columns {
                let columns = content.columns;
                let text = format!("row {rows} of the PAE has {length} values, not {columns}");
                return Err(A::Error::custom(text));
            }
        }
        Ok(content)
    }
}

/// A row, put behind those before it; its length.
struct Row<'a>(&'a mut Vec<f32>);

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row of the PAE")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let before = self.0.len();
        while let Some(value) = list.next_element::<Number>()? {
            self.0.push(value.0);
            too_many::<A::Error>(self.0.len())?;
        }
        Ok(self.0.len() - before)
    }
}

/// A number, written as an integer or not.
struct Number(f32);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        f64::deserialize(from).map(|value| Self(value as f32))
    }
}
