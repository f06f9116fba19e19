/** What the analysis has measured in a sample, as `tasks/domain/sample_facts.py` has it; only what the page shows. */

import type { Degraded } from "./plan";

export interface Shot {
  start: number;
  end: number;
  transition: string;
  palette: { colour: string; share: number }[];
  light: { brightness: number; contrast: number; warmth: number; key: string } | null;
  motion: number;
  camera: { move: string; strength: number };
  faces: unknown[];
  subjects: string[];
}

export interface Facts {
  technical: {
    width: number;
    height: number;
    seconds: number;
    frame_rate: number;
    codec: string;
    hdr: boolean;
    variable_rate: boolean;
  };
  shots: Shot[];
  sound: { kind: string; loudness: number | null; tempo: number | null; language: string; words: { text: string }[] };
  degraded: Degraded[];
}
