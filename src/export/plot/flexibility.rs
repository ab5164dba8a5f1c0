//! RMSF as bars, the experiment as a line, secondary structure below.

use super::scale::{motion, table};
use super::sheet::{At, FAINT, GREY, INK, Sheet};
use super::{color_range, origin, round_step};
use crate::color::{HELIX, STRAND};
use crate::export::correlation;
use crate::protein::{Protein, SecondaryStructure};
use crate::study::DynamicsReport;

const WIDTH: f64 = 2000.0;
const HEIGHT: f64 = 760.0;
const LEFT: f64 = 130.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 130.0;
const BOTTOM: f64 = 150.0;

pub(super) fn draw(report: &DynamicsReport) -> Sheet {
    let mut sheet = Sheet::new(WIDTH as u32, HEIGHT as u32);
    let observed = report.comparisons.first();
    let curve: &[f64] = observed.map_or(&[], |c| &c.observed_angstrom);
    let largest = report
        .rmsf_angstrom
        .iter()
        .chain(curve)
        .copied()
        .filter(|v| v.is_finite())
        .fold(0.0, f64::max);
    let step = axis_step(largest);
    let top = (largest / step).ceil().max(1.0) * step;
    let n = report.rmsf_angstrom.len().max(1) as f64;
    let (plot_width, plot_height) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let x = |i: f64| LEFT + plot_width * i / n;
    let y = |value: f64| TOP + plot_height * (1.0 - value / top);

    title(&mut sheet, report);
    let lines = (top / step).round() as usize;
    for k in 0..=lines {
        let value = step * k as f64;
        sheet.line(vec![(LEFT, y(value)), (WIDTH - RIGHT, y(value))], FAINT, 2);
        sheet.text(
            LEFT - 14.0,
            y(value),
            format!("{value:.1}"),
            28.0,
            At::Right,
            GREY,
        );
    }
    sheet.upright(38.0, TOP + plot_height / 2.0, "RMSF (Å)", 32.0, INK);
    let (low, high) = color_range(&report.rmsf_angstrom);
    let color = table(motion, 0.0, 1.0);
    let gap = if plot_width / n > 6.0 { 1.0 } else { 0.0 };
    for (i, value) in report
        .rmsf_angstrom
        .iter()
        .enumerate()
        .filter(|(_, v)| v.is_finite())
    {
        let (from, to) = (x(i as f64), x(i as f64 + 1.0));
        let shade = color((value - low) / (high - low));
        sheet.rectangle(
            from,
            y(*value),
            (to - from - gap).max(1.0),
            y(0.0) - y(*value),
            shade,
        );
    }
    let mut run: Vec<(f64, f64)> = Vec::new();
    for i in 0..=curve.len() {
        match curve.get(i).filter(|v| v.is_finite()) {
            Some(value) => run.push((x(i as f64 + 0.5), y(*value))),
            None => sheet.line(std::mem::take(&mut run), INK, 3),
        }
    }
    sheet.line(vec![(LEFT, y(0.0)), (WIDTH - RIGHT, y(0.0))], INK, 2);
    track(
        &mut sheet,
        &report.secondary_structure,
        TOP + plot_height + 14.0,
        &x,
    );
    numbers(
        &mut sheet,
        &report.protein,
        TOP + plot_height + 62.0,
        plot_width / n,
        &x,
    );
    sheet.text(
        LEFT + plot_width / 2.0,
        HEIGHT - 36.0,
        "residue",
        30.0,
        At::Center,
        INK,
    );
    sheet
}

fn title(sheet: &mut Sheet, report: &DynamicsReport) {
    sheet.text(
        LEFT,
        44.0,
        format!("{} · flexibility", report.protein.name),
        42.0,
        At::Left,
        INK,
    );
    sheet.text(LEFT, 90.0, origin(&report.provenance), 26.0, At::Left, GREY);
    let right = WIDTH - RIGHT;
    if let Some(c) = report.comparisons.first() {
        let text = format!(
            "experiment ({}): r = {}, ρ = {}, n = {}",
            c.with.name(),
            correlation(c.pearson),
            correlation(c.spearman),
            c.n
        );
        sheet.line(vec![(right - 660.0, 44.0), (right - 612.0, 44.0)], INK, 3);
        sheet.text(right - 600.0, 44.0, text, 26.0, At::Left, INK);
    }
    let (low, high) = color_range(&report.rmsf_angstrom);
    sheet.text(
        right - 396.0,
        90.0,
        format!("rigid {low:.2} Å"),
        26.0,
        At::Right,
        GREY,
    );
    sheet.strip(right - 384.0, 78.0, 190.0, 24.0, motion);
    sheet.text(
        right - 182.0,
        90.0,
        format!("{high:.2} Å mobile"),
        26.0,
        At::Left,
        GREY,
    );
}

/// 0.1, 0.2, 0.5, 1 … so that four to eight lines fit.
fn axis_step(largest: f64) -> f64 {
    let decades = (-3..6).flat_map(|d| [1.0, 2.0, 5.0].map(|s| s * 10f64.powi(d)));
    decades
        .into_iter()
        .find(|s| largest / s <= 6.0)
        .unwrap_or(1.0)
}

/// Helices and strands as boxes on a line.
pub(super) fn track(
    sheet: &mut Sheet,
    secondary: &[SecondaryStructure],
    y: f64,
    x: &dyn Fn(f64) -> f64,
) {
    use SecondaryStructure as S;
    let n = secondary.len() as f64;
    sheet.line(vec![(x(0.0), y + 10.0), (x(n), y + 10.0)], GREY, 2);
    let mut start = 0;
    for i in 1..=secondary.len() {
        if i < secondary.len() && secondary[i] == secondary[start] {
            continue;
        }
        let color = match secondary[start] {
            S::AlphaHelix | S::Helix310 | S::PiHelix => Some(HELIX),
            S::Strand => Some(STRAND),
            S::Bridge | S::Turn | S::Bend | S::Coil => None,
        };
        if let Some(color) = color {
            let (from, to) = (x(start as f64), x(i as f64));
            sheet.rectangle(from, y, to - from, 20.0, color);
        }
        start = i;
    }
}

/// Author numbers at round residues of each chain.
pub(super) fn numbers(
    sheet: &mut Sheet,
    protein: &Protein,
    y: f64,
    pitch: f64,
    x: &dyn Fn(f64) -> f64,
) {
    let step = round_step((90.0 / pitch).ceil() as usize).max(5);
    let mut free = f64::NEG_INFINITY;
    for (i, residue) in protein.residues.iter().enumerate() {
        let at = x(i as f64 + 0.5);
        if residue.id.number.rem_euclid(step) == 0
            && residue.id.insertion_code.is_none()
            && at > free
        {
            sheet.text(at, y, residue.id.number.to_string(), 28.0, At::Center, GREY);
            free = at + 60.0;
        }
    }
}
