//! PDB and mmCIF files, plain and gzip. The only file that names pdbtbx.
