//! Global alignment of a sequence with the sequence of a structure, and the mapping between both.
