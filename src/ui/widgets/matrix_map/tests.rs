//! Buffers of the map.

use super::*;
use crate::ui::widgets::testing::{
    ascii, assert_ascii, assert_colorless, draw, every_size, lines, mono, themes, truecolor,
};

fn waves(n: usize) -> Matrix {
    Matrix::from_fn(n, n, |i, j| ((i as f64 - j as f64) / 3.0).cos())
}

#[test]
fn two_pixels_a_cell_with_their_colours() {
    let theme = truecolor();
    let matrix = Matrix::from_fn(4, 4, |i, j| if i == j { 1.0 } else { -0.5 });
    let buffer = draw(&MatrixMap::new(&matrix, &theme), 4, 2);
    let (one, minus) = (
        theme.diverging.shade(1.0).color,
        theme.diverging.shade(-0.5).color,
    );
    let at = |x, y| {
        (
            buffer[(x, y)].symbol().to_owned(),
            buffer[(x, y)].fg,
            buffer[(x, y)].bg,
        )
    };
    assert_eq!(at(0, 0), ("▀".to_owned(), one, minus));
    assert_eq!(at(1, 0), ("▀".to_owned(), minus, one));
    assert_eq!(at(3, 1), ("▀".to_owned(), minus, one));
}

#[test]
fn the_cursor_and_the_mouse_agree() {
    let theme = truecolor();
    let matrix = waves(30);
    let numbers: Vec<i32> = (1..=30).collect();
    let map = MatrixMap {
        cursor: Some((12, 20)),
        numbers: &numbers,
        ..MatrixMap::new(&matrix, &theme)
    };
    let area = Rect::new(0, 0, 60, 24);
    let buffer = draw(&map, 60, 24);
    let yellow = theme.style(Role::Cursor).bg.unwrap();
    let found: Vec<(usize, usize)> = (0..24u16)
        .flat_map(|y| (0..60u16).map(move |x| (x, y)))
        .filter(|&(x, y)| {
            buffer[(x, y)].symbol() == "▀"
                && (buffer[(x, y)].fg == yellow || buffer[(x, y)].bg == yellow)
        })
        .filter_map(|(x, y)| map.hit(area, x, y))
        .collect();
    assert!(
        !found.is_empty() && found.iter().all(|(r, c)| r.abs_diff(12) <= 1 && *c == 20),
        "{found:?}"
    );
}

#[test]
fn without_colour_signs_are_glyphs() {
    let theme = mono();
    let matrix = Matrix::from_values(2, 2, vec![1.0, -1.0, 0.0, f64::NAN]).unwrap();
    let buffer = draw(&MatrixMap::new(&matrix, &theme), 4, 2);
    assert_eq!(lines(&buffer), ["██≡≡", "  ╱╱"]);
    assert_colorless(&buffer);
}

#[test]
fn a_wide_view_is_averaged_and_says_so() {
    let theme = truecolor();
    let matrix = waves(200);
    let text = lines(&draw(
        &MatrixMap {
            label: "correlation",
            ..MatrixMap::new(&matrix, &theme)
        },
        60,
        26,
    ))
    .join("\n");
    assert!(text.contains("correlation  mean of 4 × 4"), "{text}");
    let view = Some(MapView {
        row: 195,
        column: 3,
        span: 20,
    });
    let map = MatrixMap {
        view,
        ..MatrixMap::new(&matrix, &theme)
    };
    assert_eq!(map.hit(Rect::new(0, 0, 40, 21), 0, 0), Some((180, 3)));
}

#[test]
fn every_terminal_and_size() {
    let matrix = waves(37);
    let numbers: Vec<i32> = (-3..34).collect();
    let secondary = vec![SecondaryStructure::Strand; 37];
    for theme in themes() {
        let map = MatrixMap {
            cursor: Some((3, 36)),
            numbers: &numbers,
            secondary: &secondary,
            threshold: 0.2,
            label: "r",
            ..MatrixMap::new(&matrix, &theme)
        };
        every_size(|area, buffer| (&map).render(area, buffer));
        let empty = Matrix::default();
        every_size(|area, buffer| (&MatrixMap::new(&empty, &theme)).render(area, buffer));
    }
    let theme = ascii();
    assert_ascii(&draw(
        &MatrixMap {
            cursor: Some((3, 9)),
            numbers: &numbers,
            ..MatrixMap::new(&matrix, &theme)
        },
        60,
        24,
    ));
}

#[test]
fn the_cursors_column_stands_beside_the_map() {
    let theme = mono();
    let matrix = Matrix::from_fn(4, 4, |i, j| match (i, j) {
        (i, j) if i == j => 1.0,
        (0, _) => -1.0,
        _ => 0.5,
    });
    let map = MatrixMap {
        cursor: Some((1, 1)),
        profile: true,
        ..MatrixMap::new(&matrix, &theme)
    };
    let text = lines(&draw(&map, 19, 4));
    let beside: Vec<String> = text.iter().map(|l| l.chars().skip(10).collect()).collect();
    assert_eq!(beside, ["━━━━│", "    │", "    │━━", "    │━━"]);
}
