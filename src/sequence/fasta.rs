//! FASTA files: several records, lower case, stops, gaps, wrapped lines, gzip.
