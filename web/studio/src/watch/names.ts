/** What stages are called on the page. */
export const STAGES: Record<string, string> = {
  script: "Script",
  voice: "Voice",
  face: "Face",
  animate: "Animate",
  enhance: "Enhance",
  assemble: "Assemble",
};

export const KINDS: Record<string, string> = {
  real: "real",
  lite: "lite, on a processor",
  simulated: "simulated",
};
