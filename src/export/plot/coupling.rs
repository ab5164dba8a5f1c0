//! The correlation or mutual information of every pair as a square image with its margins.

use image::RgbImage;

use super::flexibility::{numbers, track};
use super::origin;
use super::scale::{diverging, table};
use super::sheet::{At, GREY, INK, Sheet};
use crate::analysis::GaussianDynamics;
use crate::color::Rgb;
use crate::numeric::Matrix;
use crate::protein::{Protein, SecondaryStructure};
use crate::study::{DynamicsReport, PaeReport, Provenance};

const LEFT: f64 = 130.0;
const TOP: f64 = 140.0;
const SIDE: f64 = 1400.0;

/// What a map shows.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    title: &'static str,
    legend: &'static str,
    /// Value of the first colour, of those whose last is 1, and how it is written.
    lowest: (f64, &'static str),
    /// The value that has the last colour.
    largest: f64,
    matrix: fn(&GaussianDynamics) -> &Matrix,
}

/// Å of the strongest colour: predictors count errors up to 31.75.
const MOST_ERROR: f64 = 30.0;

pub(super) const CORRELATION: Reading = Reading {
    title: "coupling",
    legend: "+1  correlation",
    lowest: (-1.0, "−1"),
    largest: 1.0,
    matrix: |dynamics| &dynamics.correlation,
};

pub(super) const MUTUAL_INFORMATION: Reading = Reading {
    title: "linear mutual information",
    legend: "1  generalised correlation",
    lowest: (0.0, "0"),
    largest: 1.0,
    matrix: |dynamics| &dynamics.mutual_information,
};

pub(super) fn draw(report: &DynamicsReport, reading: Reading) -> Sheet {
    let map = Map {
        protein: &report.protein,
        provenance: &report.provenance,
        secondary: &report.secondary_structure,
        matrix: (reading.matrix)(&report.dynamics),
    };
    map.draw(reading)
}

pub(super) fn draw_error(report: &PaeReport) -> Sheet {
    let map = Map {
        protein: &report.protein,
        provenance: &report.provenance,
        secondary: &[],
        matrix: &report.error_angstrom,
    };
    map.draw(Reading {
        title: "predicted aligned error (PAE), row = laid on, column = off",
        legend: "30 Å expected error",
        lowest: (0.0, "0"),
        largest: MOST_ERROR,
        ..CORRELATION
    })
}

/// What is drawn, and of whom.
struct Map<'a> {
    protein: &'a Protein,
    provenance: &'a Provenance,
    /// May be empty.
    secondary: &'a [SecondaryStructure],
    matrix: &'a Matrix,
}

impl Map<'_> {
    fn draw(&self, reading: Reading) -> Sheet {
        let (width, height) = (LEFT + SIDE + 50.0, TOP + SIDE + 220.0);
        let mut sheet = Sheet::new(width as u32, height as u32);
        sheet.text(
            LEFT,
            44.0,
            format!("{} · {}", self.protein.name, reading.title),
            42.0,
            At::Left,
            INK,
        );
        sheet.text(LEFT, 90.0, origin(self.provenance), 26.0, At::Left, GREY);
        let matrix = self.matrix;
        let n = matrix.rows().max(1);
        let color = table(diverging, -1.0, 1.0);
        let pixels = RgbImage::from_fn(n as u32, n as u32, |x, y| {
            let known = matrix.rows() > 0;
            let Rgb(r, g, b) = color(if known {
                matrix[(y as usize, x as usize)] / reading.largest
            } else {
                f64::NAN
            });
            image::Rgb([r, g, b])
        });
        sheet.image(LEFT, TOP, SIDE, SIDE, pixels);
        let (right, bottom) = (LEFT + SIDE, TOP + SIDE);
        sheet.line(
            vec![
                (LEFT, TOP),
                (right, TOP),
                (right, bottom),
                (LEFT, bottom),
                (LEFT, TOP),
            ],
            INK,
            2,
        );
        let pitch = SIDE / n as f64;
        let x = |i: f64| LEFT + pitch * i;
        track(&mut sheet, self.secondary, bottom + 14.0, &x);
        numbers(&mut sheet, self.protein, bottom + 62.0, pitch, &x);
        left_numbers(&mut sheet, self.protein, pitch);
        sheet.text(
            LEFT + SIDE / 2.0,
            bottom + 106.0,
            "residue",
            30.0,
            At::Center,
            INK,
        );
        let y = bottom + 168.0;
        let (first, lowest) = reading.lowest;
        sheet.text(LEFT + SIDE / 2.0 - 312.0, y, lowest, 28.0, At::Right, GREY);
        sheet.strip(LEFT + SIDE / 2.0 - 300.0, y - 14.0, 600.0, 28.0, |t| {
            diverging(first + (1.0 - first) * t)
        });
        sheet.text(
            LEFT + SIDE / 2.0 + 312.0,
            y,
            reading.legend,
            28.0,
            At::Left,
            GREY,
        );
        sheet
    }
}

fn left_numbers(sheet: &mut Sheet, protein: &Protein, pitch: f64) {
    let step = super::round_step((70.0 / pitch).ceil() as usize).max(5);
    let mut free = f64::NEG_INFINITY;
    for (i, residue) in protein.residues.iter().enumerate() {
        let at = TOP + pitch * (i as f64 + 0.5);
        if residue.id.number.rem_euclid(step) == 0
            && residue.id.insertion_code.is_none()
            && at > free
        {
            sheet.text(
                LEFT - 14.0,
                at,
                residue.id.number.to_string(),
                28.0,
                At::Right,
                GREY,
            );
            free = at + 40.0;
        }
    }
}
