//! Points of space by cubes, so that what is near is found without looking at everything.

use std::collections::HashMap;

use super::Vec3;

/// The points of a list, by the cube that each lies in.
#[derive(Debug, Clone)]
pub struct Cells {
    edge: f64,
    cubes: HashMap<[i64; 3], Vec<usize>>,
}

impl Cells {
    /// Cubes of that edge, in the unit of the points.
    #[must_use]
    pub fn new(points: impl IntoIterator<Item = Vec3>, edge: f64) -> Self {
        let mut cells = Self {
            edge,
            cubes: HashMap::new(),
        };
        for (i, point) in points.into_iter().enumerate() {
            let cube = cells.cube(point);
            cells.cubes.entry(cube).or_default().push(i);
        }
        cells
    }

    fn cube(&self, place: Vec3) -> [i64; 3] {
        std::array::from_fn(|k| (place[k] / self.edge).floor() as i64)
    }

    /// Those in the cube of a place and in the cubes about it: every point within an edge is among them.
    pub fn around(&self, place: Vec3) -> impl Iterator<Item = usize> + '_ {
        let middle = self.cube(place);
        let cubes = (0..27).map(move |at| {
            let steps = [at % 3 - 1, at / 3 % 3 - 1, at / 9 - 1];
            std::array::from_fn(|k| middle[k].saturating_add(steps[k]))
        });
        cubes
            .filter_map(|cube: [i64; 3]| self.cubes.get(&cube))
            .flatten()
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_an_edge_is_found() {
        let points: Vec<Vec3> = (0..200)
            .map(|i| {
                let i = f64::from(i);
                Vec3::new(
                    (7.0 * i) % 31.0,
                    (11.0 * i) % 29.0 - 15.0,
                    (13.0 * i) % 23.0,
                )
            })
            .collect();
        let cells = Cells::new(points.iter().copied(), 6.0);
        for place in &points {
            let near = |i: &usize| (points[*i] - place).norm() <= 6.0;
            let mut found: Vec<usize> = cells.around(*place).filter(near).collect();
            found.sort_unstable();
            let all: Vec<usize> = (0..points.len()).filter(near).collect();
            assert_eq!(found, all);
        }
    }
}
