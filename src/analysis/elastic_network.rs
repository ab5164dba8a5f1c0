//! GNM, ANM and the parameter-free network: springs between Cα atoms.
