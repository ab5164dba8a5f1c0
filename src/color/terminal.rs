//! Which colours a terminal has, and the nearest of them to a colour or to a whole scale.

use std::sync::OnceLock;

use super::Rgb;
use super::rgb::Lab;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ColorDepth {
    /// 24 bits.
    #[default]
    True,
    /// xterm's 256: a 6 × 6 × 6 cube and 24 greys.
    Indexed256,
    /// The 16 of ANSI, whose shades the user's terminal decides.
    Ansi16,
    /// None: shapes and attributes carry everything.
    None,
}

/// The 16 of ANSI as xterm paints them, in the order of their numbers.
const ANSI: [Rgb; 16] = [
    Rgb(0, 0, 0),
    Rgb(205, 0, 0),
    Rgb(0, 205, 0),
    Rgb(205, 205, 0),
    Rgb(0, 0, 238),
    Rgb(205, 0, 205),
    Rgb(0, 205, 205),
    Rgb(229, 229, 229),
    Rgb(127, 127, 127),
    Rgb(255, 0, 0),
    Rgb(0, 255, 0),
    Rgb(255, 255, 0),
    Rgb(92, 92, 255),
    Rgb(255, 0, 255),
    Rgb(0, 255, 255),
    Rgb(255, 255, 255),
];

/// The levels of xterm's colour cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// One of xterm's 256 colours.
#[must_use]
pub fn xterm(number: u8) -> Rgb {
    match number {
        0..16 => ANSI[usize::from(number)],
        16..232 => {
            let at = number - 16;
            let level = |step: u8| CUBE[usize::from(step % 6)];
            Rgb(level(at / 36), level(at / 6), level(at))
        }
        232.. => {
            let grey = 8 + 10 * (number - 232);
            Rgb(grey, grey, grey)
        }
    }
}

fn known() -> &'static [(Rgb, Lab); 256] {
    static TABLE: OnceLock<[(Rgb, Lab); 256]> = OnceLock::new();
    TABLE.get_or_init(|| {
        std::array::from_fn(|number| {
            let rgb = xterm(number as u8);
            (rgb, rgb.lab())
        })
    })
}

/// The numbers that a terminal of that depth is asked for. The first 16 are the user's own, so that where there
/// are more they are left alone.
fn numbers(depth: ColorDepth) -> std::ops::RangeInclusive<u8> {
    match depth {
        ColorDepth::Ansi16 => 0..=15,
        _ => 16..=255,
    }
}

/// The number of the nearest colour (CIELAB), of those that have that contrast with a background; where none
/// has, of the one with most.
#[must_use]
pub fn nearest(wanted: Rgb, depth: ColorDepth, (paper, contrast): (Rgb, f64)) -> u8 {
    let lab = wanted.lab();
    let all = known();
    let of = |number: &u8| all[usize::from(*number)];
    let reads = |number: &u8| of(number).0.contrast(paper) >= contrast;
    let near = numbers(depth)
        .filter(reads)
        .min_by(|a, b| of(a).1.distance(lab).total_cmp(&of(b).1.distance(lab)));
    let most = || {
        numbers(depth).max_by(|a, b| {
            let contrast = |n: &u8| of(n).0.contrast(paper);
            contrast(a).total_cmp(&contrast(b))
        })
    };
    near.or_else(most).unwrap_or(0)
}

/// The colours of a 256-colour terminal that come nearest to a path whose lightness goes one way, so that
/// theirs does too: least sum of squared distances (CIELAB), by dynamic programming.
#[must_use]
pub fn along(path: &[Rgb], (paper, contrast): (Rgb, f64)) -> Vec<u8> {
    let path: Vec<Lab> = path.iter().map(|c| c.lab()).collect();
    let (Some(first), Some(last)) = (path.first(), path.last()) else {
        return Vec::new();
    };
    let rises = last.lightness >= first.lightness;
    let all = known();
    let mut allowed: Vec<u8> = numbers(ColorDepth::Indexed256)
        .filter(|n| all[usize::from(*n)].0.contrast(paper) >= contrast)
        .collect();
    allowed.sort_by(|a, b| {
        let light = |n: &u8| all[usize::from(*n)].1.lightness;
        let order = light(a).total_cmp(&light(b));
        if rises { order } else { order.reverse() }
    });
    let cost = |step: usize, at: usize| {
        let far = path[step].distance(all[usize::from(allowed[at])].1);
        far * far
    };
    // Of each step and colour: the least sum of a way there, and the colour that it came from.
    let mut sums: Vec<f64> = (0..allowed.len()).map(|at| cost(0, at)).collect();
    let mut came: Vec<Vec<usize>> = Vec::with_capacity(path.len());
    for step in 1..path.len() {
        let (mut best, mut from) = (0, Vec::with_capacity(allowed.len()));
        let mut next = Vec::with_capacity(allowed.len());
        for (at, sum) in sums.iter().enumerate() {
            if *sum < sums[best] {
                best = at;
            }
            from.push(best);
            next.push(sums[best] + cost(step, at));
        }
        came.push(from);
        sums = next;
    }
    let mut at = (0..sums.len())
        .min_by(|a, b| sums[*a].total_cmp(&sums[*b]))
        .unwrap_or(0);
    let mut chosen = vec![allowed[at]];
    for from in came.iter().rev() {
        at = from[at];
        chosen.push(allowed[at]);
    }
    chosen.reverse();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::{Background, DivergingKind, MARK_CONTRAST, SequentialKind, categories};

    const ANY: (Rgb, f64) = (Rgb::BLACK, 0.0);

    #[test]
    fn nearest_colours() {
        let at = |rgb, depth| nearest(rgb, depth, ANY);
        assert_eq!(at(Rgb(255, 0, 0), ColorDepth::Indexed256), 196);
        assert_eq!(at(Rgb(128, 128, 128), ColorDepth::Indexed256), 244);
        assert_eq!(at(Rgb(250, 10, 10), ColorDepth::Ansi16), 9);
        for v in 0..=255u8 {
            assert!(at(Rgb(v, v, v), ColorDepth::Indexed256) >= 16);
        }
        let on_black = nearest(Rgb(10, 10, 10), ColorDepth::Ansi16, (Rgb::BLACK, 4.5));
        assert!(xterm(on_black).contrast(Rgb::BLACK) >= 4.5);
    }

    #[test]
    fn scales_of_256_colours_stand_out_and_go_one_way_near_what_is_meant() {
        for background in [Background::Dark, Background::Light] {
            let arms = DivergingKind::ALL
                .into_iter()
                .flat_map(|kind| [false, true].map(|above| kind.arm(background, above)));
            let whole = SequentialKind::ALL
                .into_iter()
                .map(|k| k.colors(background));
            for path in arms.chain(whole) {
                let found = along(&path, (background.paper(), MARK_CONTRAST));
                let colors: Vec<Rgb> = found.iter().map(|n| xterm(*n)).collect();
                let light: Vec<f64> = colors.iter().map(|c| c.lab().lightness).collect();
                let way = (light[light.len() - 1] - light[0]).signum();
                assert!(light.windows(2).all(|w| way * (w[1] - w[0]) >= 0.0));
                let far = colors.iter().zip(&path);
                let far = far.map(|(a, b)| a.lab().distance(b.lab()));
                let far = far.sum::<f64>() / path.len() as f64;
                assert!(far < 14.0, "{far:.1} from {:?}", path[0]);
                let mut distinct = found.clone();
                distinct.dedup();
                assert!(distinct.len() >= 4, "{distinct:?}");
                for color in colors {
                    assert!(color.contrast(background.paper()) >= MARK_CONTRAST);
                }
            }
        }
    }

    #[test]
    fn kinds_stay_apart_in_256_colours() {
        for background in [Background::Dark, Background::Light] {
            let look = (background.paper(), MARK_CONTRAST);
            let shown = |c: &Rgb| xterm(nearest(*c, ColorDepth::Indexed256, look)).lab();
            let colors: Vec<Lab> = categories(background).iter().map(shown).collect();
            for (i, a) in colors.iter().enumerate() {
                assert!(colors[..i].iter().all(|b| a.distance(*b) > 25.0));
            }
        }
    }
}
