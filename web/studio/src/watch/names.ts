/** Stage names on the page. */
export const STAGES: Record<string, string> = {
  script: "Script",
  voice: "Voice",
  face: "Face",
  animate: "Animation",
  enhance: "Sharpening",
  assemble: "Final cut",
};

export const KINDS: Record<string, string> = {
  real: "real",
  lite: "lite, on CPU",
  simulated: "simulated",
};
