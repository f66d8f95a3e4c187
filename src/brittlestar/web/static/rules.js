// Rules of the pictures and of the sheet of paper, which the command line's PDF follows too: JSON that Python reads.
export const RULES = {
  "adult_years": 18,
  "count_100_below": 2,
  "most_marks": 24,
  "each_mark": [1, 2, 5, 10, 20, 50],
  "harms_on_paper": ["acute_phase", "symptomatic_calcium", "gut_stop", "wide_metaphyses", "late_osteotomy_union", "atypical_femur", "jaw_osteonecrosis", "low_calcium", "low_phosphate"],
  "most_on_paper": 5,
  "seen_on_paper": 0.05
};
