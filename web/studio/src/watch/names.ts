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

/** What can be wrong with a video. */
export const PROBLEMS: Record<string, string> = {
  face: "Face",
  lips: "Lips",
  voice: "Voice",
  pronunciation: "Pronunciation",
  script: "Words",
  picture: "Picture",
  captions: "Captions",
  sound: "Sound",
  waiting: "Took too long",
  other: "Something else",
};
