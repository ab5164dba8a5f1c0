//! The map of all single substitutions in lines, as figures of papers have it.

use image::RgbImage;

use super::origin;
use super::scale::{diverging, table};
use super::sheet::{At, GREY, INK, Sheet};
use crate::analysis::mutation_map::Direction;
use crate::color::Rgb;
use crate::protein::AminoAcid;
use crate::study::ScanReport;

const LEFT: f64 = 80.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 140.0;
/// Pixels of a cell.
const CELL: f64 = 16.0;
/// Residues of a line at most.
const LINE: usize = 120;
/// Rows by property: aliphatic, aromatic, polar, positive, negative, special.
const ORDER: &str = "AVLIMFYWSTNQCHKRDEGP";

pub(super) fn draw(report: &ScanReport) -> Sheet {
    let map = &report.map;
    let length = map.wild_type.len();
    let lines = length.div_ceil(LINE).max(1);
    // Lines of equal length, and room for the heading where there are few residues.
    let per_line = length.div_ceil(lines).max(1);
    let width = (LEFT + RIGHT + CELL * per_line as f64).max(1100.0);
    let line_height = CELL * 20.0 + 90.0;
    let mut sheet = Sheet::new(
        width as u32,
        (TOP + line_height * lines as f64 + 90.0) as u32,
    );
    sheet.text(
        LEFT,
        44.0,
        format!("{} · mutations", report.protein.name),
        42.0,
        At::Left,
        INK,
    );
    sheet.text(LEFT, 90.0, origin(&report.provenance), 26.0, At::Left, GREY);
    let order: Vec<AminoAcid> = ORDER.chars().filter_map(AminoAcid::from_letter).collect();
    let limit = limit(report);
    for line in 0..lines {
        let y = TOP + line_height * line as f64;
        draw_line(
            &mut sheet,
            report,
            line * per_line..((line + 1) * per_line).min(length),
            y,
            &order,
            limit,
        );
    }
    legend(
        &mut sheet,
        report,
        TOP + line_height * lines as f64 + 20.0,
        limit,
    );
    sheet
}

/// 1 where a larger score is more damaging, −1 where it is better tolerated: damage is red.
fn sign(report: &ScanReport) -> f64 {
    match report.map.method.direction() {
        Direction::HigherIsDamaging => 1.0,
        Direction::HigherIsTolerated => -1.0,
    }
}

fn draw_line(
    sheet: &mut Sheet,
    report: &ScanReport,
    positions: std::ops::Range<usize>,
    y: f64,
    order: &[AminoAcid],
    limit: f64,
) {
    let map = &report.map;
    let (color, sign) = (table(diverging, -1.0, 1.0), sign(report));
    let pixels = RgbImage::from_fn(positions.len().max(1) as u32, 20, |x, row| {
        let position = positions.start + x as usize;
        let score = if position < positions.end {
            map.score_of(position, order[row as usize])
        } else {
            f64::NAN
        };
        let Rgb(r, g, b) = color(sign * score / limit);
        image::Rgb([r, g, b])
    });
    let top = y + 52.0;
    let wide = CELL * positions.len() as f64;
    sheet.image(LEFT, top, wide, 20.0 * CELL, pixels);
    for (row, amino_acid) in order.iter().enumerate() {
        let at = top + CELL * (row as f64 + 0.5);
        sheet.text(
            LEFT - 14.0,
            at,
            amino_acid.letter().to_string(),
            17.0,
            At::Center,
            INK,
        );
    }
    for position in positions.clone() {
        let x = LEFT + CELL * ((position - positions.start) as f64 + 0.5);
        let Some(own) = map.wild_type[position] else {
            continue;
        };
        sheet.text(
            x,
            top - 12.0,
            own.letter().to_string(),
            17.0,
            At::Center,
            INK,
        );
        if let Some(row) = order.iter().position(|a| *a == own) {
            sheet.dot(x, top + CELL * (row as f64 + 0.5), 3.0, GREY);
        }
        let number = report.protein.residues[position].id.number;
        if number.rem_euclid(10) == 0 {
            sheet.text(x, top - 36.0, number.to_string(), 20.0, At::Center, GREY);
        }
    }
    let (right, bottom) = (LEFT + wide, top + 20.0 * CELL);
    sheet.line(
        vec![
            (LEFT, top),
            (right, top),
            (right, bottom),
            (LEFT, bottom),
            (LEFT, top),
        ],
        INK,
        1,
    );
}

fn legend(sheet: &mut Sheet, report: &ScanReport, y: f64, limit: f64) {
    let unit = report.map.method.unit();
    let ends = if sign(report) > 0.0 {
        (
            format!("−{limit:.1}"),
            format!("+{limit:.1} {unit}, damaging"),
        )
    } else {
        (
            format!("+{limit:.1}"),
            format!("−{limit:.1} {unit}, damaging"),
        )
    };
    sheet.text(LEFT + 70.0, y, ends.0, 24.0, At::Right, GREY);
    sheet.strip(LEFT + 82.0, y - 12.0, 340.0, 24.0, |t| {
        diverging(2.0 * t - 1.0)
    });
    sheet.text(LEFT + 434.0, y, ends.1, 24.0, At::Left, GREY);
    sheet.dot(LEFT + 790.0, y, 4.0, GREY);
    sheet.text(
        LEFT + 804.0,
        y,
        "wild type; grey: not scored",
        24.0,
        At::Left,
        GREY,
    );
}

/// The 98th percentile of the sizes of the scores, so that a few extremes do not wash out the rest.
fn limit(report: &ScanReport) -> f64 {
    let scores = report.map.score.values().iter();
    let mut sizes: Vec<f64> = scores
        .map(|v| v.abs())
        .filter(|v| v.is_finite() && *v > 0.0)
        .collect();
    if sizes.is_empty() {
        return 1.0;
    }
    sizes.sort_unstable_by(f64::total_cmp);
    (sizes[(sizes.len() - 1) * 98 / 100] * 10.0).ceil() / 10.0
}
