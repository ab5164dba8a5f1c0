//! Residue names: parents of modified residues, waters, nucleotides.

use crate::protein::AminoAcid;

/// Modified residues and the names that simulation programs use, by parent.
const PARENTS: &[(AminoAcid, &str)] = &[
    (
        AminoAcid::Ala,
        "AIB DAL ALO ABA NAL MAA BAL  HAC TIH AYA ALN ",
    ),
    (
        AminoAcid::Arg,
        "DAR AGM HMR ACL ARM ARO NMM HAR CIR 2MR DA2 MAI ARN ARGN ARGP",
    ),
    (AminoAcid::Asn, "MEN DSG AHB NLG SD4"),
    (
        AminoAcid::Asp,
        "BFD DAS PHD ASK  ASH ASPH ASPP IAS ASB  BHD 0A0 DMK AS4 ASPN",
    ),
    (
        AminoAcid::Cys,
        "CSO CSD CME CSX OCS CSS CYX CYM CYSH CYS2 SMC CAS CCS CSW CSP CSR CSU CSZ CYQ CY0 CY1 CY3 \
         CY4 CYG DCY EFC OCY SCY SCH SCS SEC BUC BCS C5C C6C CEA CMT CAF CAY  PR3 PEC PBB SNC \
         YCM 2CO CSA CSB QCS  CS4 CZZ CYR CYF  SIC NPH JJJ TQZ  MCS M0H CYD CYN",
    ),
    (AminoAcid::Gln, "DGN MEQ MGN NLQ GHG QMM ECC GNC"),
    (
        AminoAcid::Glu,
        "CGU DGL GGL GMA PCA GLH GLUH GL4 GLUN GLUP  5HP 9NE AR4  GLQ GAU X2W MEG",
    ),
    (
        AminoAcid::Gly,
        "SAR GL3 GLZ GSC MSA NMC MPQ CHP MEU  GLYM IGL",
    ),
    (
        AminoAcid::His,
        "HIC MHS HIP HID HIE HSD HSE HSP HISA HISB HISD HISE HISH HISP HIS1 HIS2 HISX HISN HSR NEP NEM DHI 3AH \
         HS8 HS9 PSH PVH OHI HBN 2HF 2SO HIQ MH1",
    ),
    (AminoAcid::Ile, "DIL IIL ILX BIU  IML QIL  I2M"),
    (
        AminoAcid::Leu,
        "DLE NLE BUG CLE NLN NLP MLE MLL BLE DNE MNL MK8 LEF EXL HLU NLW FLE",
    ),
    (
        AminoAcid::Lys,
        "MLY M3L MLZ KCX LLP ALY KPI LYN LYSN LYSH LYP LSN LYSP DLY LYM SHR TRG LYZ LYR ALM DM0 5CT MCL \
         BTK  MYK KYQ KPF KFP KPY LA2 LAL LBY LCX LCK LET LGY LLY LLO LMF LP6 LSO LYX  \
         M2L 6CL FHL FHO FZN GPL HHK HLY I58 IEL IT1 ILY PRK SLL SLZ TLY VB1 XX1 YHA AZK CLG CLH \
         CYJ ELY FDL FAK FQA PYL PYH KBE KCR KGC KST OBS PE1 RE0",
    ),
    (
        AminoAcid::Met,
        "MSE FME MED MHO MSO OMT SME CXM ESC MSL  M2S MT2 MME IZO 4CY ME0 SNM",
    ),
    (
        AminoAcid::Phe,
        "DPN PHI PHL MEA HPQ BNN PSA PPN PFF FCL F2F PM3 HPC HPH HPE CLF BIF BB8 B2F 4PH 4CF 4BF \
         TEF PF5 FPA NFA TFQ ZCL 200 23F MHU LTN PHM DAH APD WPA",
    ),
    (
        AminoAcid::Pro,
        "HYP DPR HY3 4FB FP9 FPK H5M  POM PRJ PR4 PR7 PR9 PLJ PH6 PXU PCC 0Y8 DPL PRS HZP 2MT TPJ",
    ),
    (
        AminoAcid::Ser,
        "SEP SAC SVA DSN  OSE OAS SBD SEL SET SGB SGR SEB SBG SDP SEE SEM SEN SLR  SOY SUN \
         SXE MIS S1P S2P SP1 SP2 GVL HSL BSE FGP MC1 PG9 TNR RVX NC1 HSER DBS LPS 8SP  DHA",
    ),
    (
        AminoAcid::Thr,
        "TPO DTH BMT  TMD THC TH5 TH6 TMB TBM CTH DBU OLT TYT OTH T1P  NZC OTB XDT ZU0 THO",
    ),
    (
        AminoAcid::Trp,
        "DTR HTR LTR TPL TRO HRP TRQ TRN TRW TRX TQQ TTQ BTR FTR 1TQ 0AF 4FW 4HT 4IN 4OG 6CW HTN KYN \
         TOX NYB TCR",
    ),
    (
        AminoAcid::Tyr,
        "PTR TYS DTY IYR TPQ TYI TYB TYN TYQ TYY STY TYO TY2 TY3 TYM OMX OMY PAQ DBY FTY AGT NIY \
         NTY P2Y PTH PTM MTY MBQ YOF YPZ 1TY 2TY 3MY 3NF ESB  TYC  TYX TTS TTX Y1P Y2P YPR TYRH TYRN \
         AZY 4LZ OTY TYE",
    ),
    (
        AminoAcid::Val,
        "DVA DIV MVA NVA VAD VAF VAH VAI  HVA MNV FVA VLL VLM DHN LE1 2VA",
    ),
];

/// Names of the C-terminal, N-terminal and charged forms of Amber: `NALA`, `CGLU`.
fn amber_terminal(name: &str) -> Option<AminoAcid> {
    let inner = name.strip_prefix(['N', 'C']).filter(|s| s.len() == 3)?;
    AminoAcid::from_three_letters(inner).or_else(|| in_table(inner))
}

fn in_table(name: &str) -> Option<AminoAcid> {
    PARENTS
        .iter()
        .find(|(_, names)| names.split_ascii_whitespace().any(|n| n == name))
        .map(|(parent, _)| *parent)
}

/// The standard residue behind a name, itself or the parent of a modified one.
pub(super) fn parent(name: &str) -> Option<AminoAcid> {
    // Some programs write the charge: LYS+, ASP-.
    let name = name.strip_suffix(['+', '-']).unwrap_or(name);
    AminoAcid::from_three_letters(name)
        .or_else(|| in_table(name))
        .or_else(|| amber_terminal(name))
}

/// Whether the name is that of a group that closes a chain's end: not a residue of it.
pub(super) fn is_cap(name: &str) -> bool {
    const CAPS: [&str; 18] = [
        "ACE", "ACY", "FOR", "NME", "NMA", "NHE", "NH2", "NHH", "NAC", "CH3", "CBX", "BOC", "MYR",
        "TFA", "PYR", "CT3", "CT2", "AMN",
    ];
    CAPS.contains(&name)
}

/// Whether the name is water's in any of the usual programs.
pub(super) fn is_water(name: &str) -> bool {
    matches!(
        name,
        "HOH"
            | "WAT"
            | "DOD"
            | "H2O"
            | "HHO"
            | "OHH"
            | "SOL"
            | "TIP"
            | "TIP2"
            | "TIP3"
            | "TIP4"
            | "TIP5"
            | "TP3"
            | "TP4"
            | "TP5"
            | "T3P"
            | "T4P"
            | "SPC"
            | "SPCE"
            | "OPC"
            | "OH2"
    )
}

/// Whether the name is a nucleotide's.
pub(super) fn is_nucleotide(name: &str) -> bool {
    let base = name.strip_suffix(['3', '5', 'N']).filter(|s| !s.is_empty());
    let known = |n: &str| {
        matches!(
            n,
            "A" | "C"
                | "G"
                | "T"
                | "U"
                | "I"
                | "N"
                | "DA"
                | "DC"
                | "DG"
                | "DT"
                | "DU"
                | "DI"
                | "DN"
                | "RA"
                | "RC"
                | "RG"
                | "RU"
                | "ADE"
                | "CYT"
                | "GUA"
                | "THY"
                | "URA"
                | "PSU"
                | "5MC"
                | "1MA"
                | "2MG"
                | "7MG"
                | "M2G"
                | "OMC"
                | "OMG"
                | "H2U"
                | "YYG"
                | "5MU"
                | "5CM"
                | "6OG"
                | "8OG"
                | "BRU"
        )
    };
    known(name) || base.is_some_and(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_modified_residues_have_their_parents() {
        for (name, letter) in [
            ("MSE", 'M'),
            ("SEP", 'S'),
            ("TPO", 'T'),
            ("PTR", 'Y'),
            ("CSO", 'C'),
            ("MLY", 'K'),
            ("HYP", 'P'),
            ("KCX", 'K'),
            ("LLP", 'K'),
            ("PCA", 'E'),
            ("CME", 'C'),
            ("HSD", 'H'),
            ("NALA", 'A'),
            ("CHIE", 'H'),
        ] {
            assert_eq!(parent(name).map(AminoAcid::letter), Some(letter), "{name}");
        }
        for name in ["HEM", "ATP", "HOH", "DA", "UNK", "ACE", "NH2"] {
            assert_eq!(parent(name), None, "{name}");
        }
    }

    #[test]
    fn no_name_has_two_parents() {
        let mut names: Vec<&str> = PARENTS
            .iter()
            .flat_map(|(_, names)| names.split_ascii_whitespace())
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
