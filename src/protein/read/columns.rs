//! One atom record of the PDB format and its dialects: wrapped and hybrid-36 numbers, shifted columns,
//! missing fields.
//!
//! Our own, because pdbtbx refuses a file for one such record.

use super::line::columns;
use super::rows::{Row, decimal_or, position};
use crate::numeric::Vec3;

/// The columns of the format. The reason where the coordinates do not stand in theirs.
pub(super) fn fixed_columns(line: &str, chain_from: usize) -> Result<Row<'_>, String> {
    let fields = [0, 1, 2].map(|k| columns(line, 30 + 8 * k, 38 + 8 * k));
    let position = position(fields).map_err(|k| {
        format!(
            "the {} coordinate '{}' (columns {}-{}) is not a number",
            ["x", "y", "z"][k],
            fields[k],
            31 + 8 * k,
            38 + 8 * k
        )
    })?;
    let long_name = chain_from > 20 && !columns(line, 20, 21).is_empty();
    let (number, insertion) = residue_number(line)?;
    Ok(Row {
        chain: columns(line, chain_from, 22),
        segment: segment(line),
        number,
        insertion,
        residue: columns(line, 17, if long_name { 21 } else { 20 }),
        name: columns(line, 12, 16),
        alternate: columns(line, 16, 17),
        element: columns(line, 76, 78),
        occupancy: decimal_or(columns(line, 54, 60), 1.0),
        b_factor: decimal_or(columns(line, 60, 66), 0.0),
        ..Row::at(position)
    })
}

/// Columns 23-27: a number and an insertion code, five digits, or hybrid-36.
fn residue_number(line: &str) -> Result<(i32, Option<char>), String> {
    let field = columns(line, 22, 26);
    let code = line.as_bytes().get(26).copied().unwrap_or(b' ');
    let insertion = (code != b' ').then_some(code as char);
    if code.is_ascii_digit()
        && field.len() == 4
        && let Ok(long) = columns(line, 22, 27).parse()
    {
        return Ok((long, None));
    }
    if let Ok(number) = field.parse() {
        return Ok((number, insertion));
    }
    hybrid36(field)
        .map(|number| (number, insertion))
        .or_else(|| field.is_empty().then_some((0, insertion)))
        .or_else(|| field.starts_with('*').then_some((10_000, None)))
        .ok_or_else(|| format!("the residue number '{field}' (columns 23-26) is not a number"))
}

/// Four characters beyond 9999: `A000` = 10 000 … `zzzz`.
fn hybrid36(field: &str) -> Option<i32> {
    let first = field.bytes().next().filter(u8::is_ascii_alphabetic)?;
    if field.len() != 4 || !field.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let upper = first.is_ascii_uppercase();
    let same_case = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase() == upper;
    if !field.bytes().all(same_case) {
        return None;
    }
    let value = i32::from_str_radix(field, 36).ok()?;
    let start = 10 * 36_i32.pow(3);
    Some(value - start + 10_000 + if upper { 0 } else { 26 * 36_i32.pow(3) })
}

/// Columns 73-76, unless the line is numbered in the columns after them, as before 1996: then the entry's
/// id stands there.
fn segment(line: &str) -> &str {
    let numbered = columns(line, 76, 80).parse::<u32>().is_ok();
    if numbered { "" } else { columns(line, 72, 76) }
}

/// Fields apart by white space, for writers that do not keep the columns.
pub(super) fn free_columns(line: &str) -> Option<Row<'_>> {
    let body = line
        .strip_prefix("HETATM")
        .or_else(|| line.strip_prefix("ATOM"))?;
    let fields: Vec<&str> = body.split_ascii_whitespace().collect();
    let (x, position) = coordinates(&fields)?;
    let (chain, number) = match fields[2..x] {
        [_, number] => split_chain(number),
        [_, chain, number] => (chain, number),
        _ => return None,
    };
    let digits = number.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let decimal = |at: usize, otherwise| decimal_or(fields.get(at).unwrap_or(&""), otherwise);
    Some(Row {
        chain,
        number: digits.parse().ok()?,
        insertion: number[digits.len()..].chars().next(),
        residue: fields[2],
        name: fields[1],
        occupancy: decimal(x + 3, 1.0),
        b_factor: decimal(x + 4, 0.0),
        ..Row::at(position)
    })
}

/// The first three decimals with a point in a row, and where they begin.
pub(super) fn coordinates(fields: &[&str]) -> Option<(usize, Vec3)> {
    (3..fields.len().checked_sub(2)?).find_map(|x| {
        let three = [fields[x], fields[x + 1], fields[x + 2]];
        let found = three.iter().all(|f| f.contains('.'));
        Some((x, position(three).ok().filter(|_| found)?))
    })
}

/// `A1000` = chain A, residue 1000.
fn split_chain(field: &str) -> (&str, &str) {
    let letters = field.len()
        - field
            .trim_start_matches(|c: char| c.is_ascii_alphabetic())
            .len();
    field.split_at(letters)
}
