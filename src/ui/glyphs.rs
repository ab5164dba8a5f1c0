//! Which characters the terminal can show, and the ramps made of them.

/// The character set that pictures are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Glyphs {
    /// Blocks, box drawing and braille.
    #[default]
    Unicode,
    /// The 95 printable ASCII characters.
    Ascii,
}

/// Eighths of a cell, filled from below; index 0 is empty.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The same in ASCII: what is full, half full, and a trace.
const EIGHTHS_ASCII: [char; 9] = [' ', '.', '.', ':', ':', ':', '|', '|', '#'];

impl Glyphs {
    /// Whether only ASCII may be written.
    #[must_use]
    pub fn is_ascii(self) -> bool {
        self == Self::Ascii
    }

    /// The first where Unicode can be shown, the second elsewhere.
    #[must_use]
    pub fn choose(self, unicode: char, ascii: char) -> char {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }

    /// The first text where Unicode can be shown, the second elsewhere.
    #[must_use]
    pub fn text(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }

    /// A cell filled from below by that many eighths (8 and more: full).
    #[must_use]
    pub fn eighths(self, eighths: usize) -> char {
        match self {
            Self::Unicode => EIGHTHS[eighths.min(8)],
            Self::Ascii => EIGHTHS_ASCII[eighths.min(8)],
        }
    }

    /// The ramp of growing ink for values from 0 to 1 where colour does not carry them.
    #[must_use]
    pub fn ramp(self) -> &'static [char] {
        match self {
            Self::Unicode => &[' ', '░', '▒', '▓', '█'],
            Self::Ascii => &[' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'],
        }
    }

    /// Ramps for values below and above zero, weak to strong: strokes for minus, blocks for plus.
    /// Zero is blank.
    #[must_use]
    pub fn signed_ramps(self) -> (&'static [char], &'static [char]) {
        match self {
            Self::Unicode => (&['-', '=', '≡'], &['░', '▒', '█']),
            Self::Ascii => (&['-', '=', 'E'], &['+', '*', '#']),
        }
    }

    /// What stands for a value that is not known: a hatch.
    #[must_use]
    pub fn missing(self) -> char {
        self.choose('╱', '/')
    }

    #[must_use]
    pub fn horizontal(self) -> char {
        self.choose('─', '-')
    }

    #[must_use]
    pub fn vertical(self) -> char {
        self.choose('│', '|')
    }

    /// A point that stands out.
    #[must_use]
    pub fn mark(self) -> char {
        self.choose('◆', '*')
    }

    /// The wild type in a mutation map.
    #[must_use]
    pub fn wild_type(self) -> char {
        self.choose('•', 'o')
    }

    #[must_use]
    pub fn angstrom(self) -> &'static str {
        self.text("Å", "A")
    }
}

/// The glyph of `ramp` for `t` from 0 to 1, in equal steps.
#[must_use]
pub fn step(ramp: &[char], t: f64) -> char {
    let last = ramp.len().saturating_sub(1);
    let index = (t.clamp(0.0, 1.0) * ramp.len() as f64) as usize;
    ramp.get(index.min(last)).copied().unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramps_reach_both_ends() {
        for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
            let ramp = glyphs.ramp();
            assert_eq!(step(ramp, 0.0), ramp[0]);
            assert_eq!(step(ramp, 1.0), ramp[ramp.len() - 1]);
            assert_eq!(step(ramp, f64::NAN), ramp[0]);
        }
        assert_eq!(step(&[], 0.5), ' ');
    }

    #[test]
    fn ascii_is_ascii() {
        let g = Glyphs::Ascii;
        let (minus, plus) = g.signed_ramps();
        let all = g.ramp().iter().chain(minus).chain(plus);
        assert!(all.copied().all(|c| c.is_ascii()));
        assert!((0..12).all(|e| g.eighths(e).is_ascii()));
    }
}
