//! Pictures, pointing and sizes of the structure view.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::ui::widgets::testing::{
    ansi16, ascii, assert_ascii, assert_colorless, draw, every_size, lines, mono, themes, truecolor,
};

fn helix(n: usize) -> Vec<Option<Vec3>> {
    (0..n)
        .map(|i| {
            let a = i as f64 * 100f64.to_radians();
            Some(Vec3::new(2.3 * a.cos(), 2.3 * a.sin(), 1.5 * i as f64))
        })
        .collect()
}

fn sideways() -> Camera {
    Camera::default().turned(std::f64::consts::FRAC_PI_2, 0.0)
}

fn lit(buffer: &Buffer) -> usize {
    buffer
        .content()
        .iter()
        .filter(|c| c.symbol() != " ")
        .count()
}

#[test]
fn it_fits_the_area_whatever_the_turn() {
    let theme = truecolor();
    let points = helix(30);
    for step in 0..8 {
        let camera = Camera {
            projection: Projection::Orthographic,
            ..Camera::default().turned(f64::from(step) * 0.7, f64::from(step) * 0.3)
        };
        let canvas = Canvas3D::new(&points, camera, &theme);
        let small = lit(&draw(&canvas, 40, 20));
        assert!(small > 10);
        // Nothing is cut off: twice the area around the same scale shows no more.
        let view = canvas.view(40, 20).unwrap_or_else(|| unreachable!());
        for p in points.iter().flatten() {
            let q = view.project(*p);
            assert!(
                q.x >= 0.0 && q.x < 80.0 && q.y >= 0.0 && q.y < 80.0,
                "{q:?}"
            );
        }
    }
}

#[test]
fn the_mouse_finds_the_residue_that_is_drawn() {
    let theme = truecolor();
    let points = helix(12);
    for mode in [
        RenderMode::Braille,
        RenderMode::HalfBlock,
        RenderMode::Ascii,
    ] {
        let canvas = Canvas3D {
            mode,
            ..Canvas3D::new(&points, sideways(), &theme)
        };
        let area = Rect::new(3, 2, 60, 24);
        let view = canvas
            .view(area.width, area.height)
            .unwrap_or_else(|| unreachable!());
        let (sx, sy) = canvas.pixels_a_cell();
        for (residue, point) in points.iter().flatten().enumerate() {
            let p = view.project(*point);
            let at = (area.x + (p.x / sx) as u16, area.y + (p.y / sy) as u16);
            let found = canvas.hit(area, at.0, at.1);
            assert!(
                found.is_some_and(|f| f.abs_diff(residue) <= 1),
                "{mode:?} {residue} {found:?}"
            );
        }
        assert_eq!(canvas.hit(area, 3, 2), None);
        assert_eq!(canvas.hit(area, 0, 0), None);
    }
}

#[test]
fn what_is_nearer_hides_what_is_behind() {
    let theme = truecolor();
    let points = [
        Some(Vec3::new(0.0, 0.0, -20.0)),
        Some(Vec3::new(0.0, 0.0, 20.0)),
        Some(Vec3::new(20.0, 0.0, 0.0)),
    ];
    let colors = [
        Color::Rgb(200, 0, 0),
        Color::Rgb(0, 200, 0),
        Color::Rgb(0, 0, 200),
    ];
    let camera = Camera {
        projection: Projection::Orthographic,
        ..Camera::default()
    };
    let frame = Some(Frame {
        center: Vec3::zeros(),
        radius: 25.0,
        half_size: (25.0, 25.0),
    });
    let canvas = Canvas3D {
        colors: &colors,
        frame,
        radii: &[1.5; 3],
        mode: RenderMode::HalfBlock,
        ..Canvas3D::new(&points, camera, &theme)
    };
    let buffer = draw(&canvas, 20, 10);
    let green = |c: Color| matches!(c, Color::Rgb(r, g, b) if g > r && g > b);
    assert!(
        green(buffer[(10, 5)].fg) || green(buffer[(10, 4)].fg),
        "{:?}",
        lines(&buffer)
    );
    let red = buffer
        .content()
        .iter()
        .any(|c| matches!(c.fg, Color::Rgb(r, g, b) if r > g && r > b));
    assert!(!red, "the red one is behind the green one");
}

#[test]
fn far_parts_are_fainter() {
    let theme = truecolor();
    let points = helix(40);
    let white = vec![Color::Rgb(255, 255, 255); 40];
    let canvas = Canvas3D {
        colors: &white,
        ..Canvas3D::new(&points, Camera::default().turned(0.9, 0.2), &theme)
    };
    let shades: std::collections::BTreeSet<u8> = draw(&canvas, 60, 30)
        .content()
        .iter()
        .filter_map(|c| {
            if let (Color::Rgb(r, _, _), true) = (c.fg, c.symbol() != " ") {
                Some(r)
            } else {
                None
            }
        })
        .collect();
    assert!(
        shades.len() > 10 && shades.first() < Some(&190) && shades.last() > Some(&220),
        "{shades:?}"
    );
}

#[test]
fn breaks_are_not_joined() {
    let theme = mono();
    let points = [
        Some(Vec3::new(-10.0, 0.0, 0.0)),
        None,
        Some(Vec3::new(10.0, 0.0, 0.0)),
    ];
    let buffer = draw(&Canvas3D::new(&points, Camera::default(), &theme), 40, 10);
    assert!(lit(&buffer) <= 4, "{:?}", lines(&buffer));
}

#[test]
fn axes_are_principal_and_of_one_sigma() {
    let covariance = Covariance3::from_diagonal(&Vec3::new(1.0, 9.0, 4.0));
    let axes = principal_axes(&[Some(covariance), None]);
    assert!(axes[0].is_some_and(|a| (a.y.abs() - 3.0).abs() < 1e-9));
    assert_eq!(axes[1], None);
}

#[test]
fn every_terminal_and_size() {
    let points = helix(8);
    let axes = principal_axes(&vec![Some(Covariance3::identity()); 8]);
    let bad = [
        Some(Vec3::new(f64::NAN, 0.0, 0.0)),
        Some(Vec3::zeros()),
        None,
    ];
    for theme in themes() {
        for mode in [
            RenderMode::Braille,
            RenderMode::HalfBlock,
            RenderMode::Ascii,
        ] {
            let canvas = Canvas3D {
                axes: &axes,
                ellipsoid: Some(Covariance3::identity() * 2.0),
                ghosts: std::slice::from_ref(&points),
                marked: &[false, true],
                cursor: Some(4),
                label: "R5",
                pair: Some((4, 7)),
                mode,
                ..Canvas3D::new(&points, sideways(), &theme)
            };
            every_size(|area, buffer| (&canvas).render(area, buffer));
            if !theme.is_rich() {
                break;
            }
            every_size(|area, buffer| {
                (&Canvas3D {
                    points: &bad,
                    cursor: Some(0),
                    ..canvas
                })
                    .render(area, buffer);
            });
            every_size(|area, buffer| {
                (&Canvas3D {
                    points: &[],
                    ..canvas
                })
                    .render(area, buffer);
            });
            let far = Camera {
                zoom: f64::INFINITY,
                ..Camera::default()
            };
            every_size(|area, buffer| {
                (&Canvas3D {
                    camera: far,
                    ..canvas
                })
                    .render(area, buffer);
            });
        }
    }
    let (mono, ascii, ansi) = (mono(), ascii(), ansi16());
    assert_colorless(&draw(&Canvas3D::new(&points, sideways(), &mono), 40, 12));
    assert_ascii(&draw(
        &Canvas3D {
            cursor: Some(3),
            label: "R4",
            ..Canvas3D::new(&points, sideways(), &ascii)
        },
        40,
        12,
    ));
    assert!(lit(&draw(&Canvas3D::new(&points, sideways(), &ansi), 40, 12)) > 10);
}

#[test]
fn upright_shows_the_long_way_across_and_fits_every_turn() {
    let points: Vec<_> = (0..9)
        .map(|i| {
            Some(Vec3::new(
                f64::from(i % 2),
                f64::from(i % 3),
                5.0 * f64::from(i),
            ))
        })
        .collect();
    let rotation = super::upright(&points);
    assert!((rotation.determinant() - 1.0).abs() < 1e-9);
    let spread = |axis: usize| {
        let seen = points.iter().flatten().map(|p| (rotation * p)[axis]);
        let (low, high) = seen.fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(v), b.max(v)));
        high - low
    };
    assert!(spread(0) > spread(1) && spread(1) > spread(2));
    let flat = Frame::turning(&points, &rotation, 0.0).unwrap();
    assert!(flat.half_size.0 > 19.0 && flat.half_size.1 < 4.0);
    let tilted = Frame::turning(&points, &rotation, 1.2).unwrap();
    assert!(tilted.half_size.1 > flat.half_size.1);
    assert!(Frame::turning(&[None], &rotation, 0.0).is_none());
    assert_eq!(super::upright(&[]), nalgebra::Matrix3::identity());
}

#[test]
fn a_picture_has_light_depth_and_nothing_around() {
    let theme = truecolor();
    let points = helix(30);
    let white = vec![Color::Rgb(248, 248, 248); 30];
    let canvas = Canvas3D {
        mode: RenderMode::Pixels(6, 12),
        colors: &white,
        label: "A:7 LYS",
        cursor: Some(6),
        ..Canvas3D::new(&points, sideways(), &theme)
    };
    let area = Rect::new(2, 1, 30, 11);
    let (covered, image) = canvas.picture(area).unwrap();
    assert_eq!(covered, Rect::new(2, 1, 30, 10));
    assert_eq!(image.dimensions(), (180, 120));
    assert_eq!(image.get_pixel(0, 0).0, [0, 0, 0, 0]);
    let shades: std::collections::BTreeSet<u8> = image
        .pixels()
        .filter(|p| p.0[3] == 255 && p.0[0] == p.0[2])
        .map(|p| p.0[0])
        .collect();
    assert!(shades.len() > 8, "{shades:?}");
    // The cells stay empty but for the name below.
    let text = lines(&draw(&canvas, 30, 11));
    assert!(text[..10].iter().all(|line| line.trim().is_empty()));
    assert!(text[10].contains("A:7 LYS"));
    // A click finds what the picture shows there.
    let view = canvas.view(area.width, area.height).unwrap();
    let p = view.project(points[20].unwrap());
    let at = (2 + (p.x / 6.0) as u16, 1 + (p.y / 12.0) as u16);
    let found = canvas.hit(area, at.0, at.1).unwrap();
    assert!(found.abs_diff(20) <= 1, "{found}");
}

#[test]
fn a_large_picture_is_drawn_coarser_at_the_same_size() {
    let theme = truecolor();
    let points = helix(12);
    let canvas = Canvas3D {
        mode: RenderMode::Pixels(40, 80),
        ..Canvas3D::new(&points, sideways(), &theme)
    };
    let (_, image) = canvas.picture(Rect::new(0, 0, 40, 21)).unwrap();
    assert_eq!(image.dimensions(), (1600, 1600));
    assert!(canvas.picture(Rect::new(0, 0, 40, 1)).is_none());
    let dots = Canvas3D::new(&points, sideways(), &theme);
    assert!(dots.picture(Rect::new(0, 0, 40, 20)).is_none());
}

#[test]
fn what_is_left_out_beside_a_zoomed_picture_is_not_seen() {
    let theme = truecolor();
    let points = helix(60);
    let near = |zoom| Camera { zoom, ..sideways() };
    let wide = draw(&Canvas3D::new(&points, near(6.0), &theme), 40, 20);
    // The middle of the same scale over nine times the area, where nothing is beside it.
    let large = draw(&Canvas3D::new(&points, near(2.0), &theme), 120, 60);
    for y in 1..19 {
        for x in 1..39 {
            assert_eq!(
                wide[(x, y)].symbol(),
                large[(40 + x, 20 + y)].symbol(),
                "{x} {y}"
            );
        }
    }
}
