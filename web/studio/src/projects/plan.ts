/** The typed plan of a project, as `tasks/domain/video_plan.py` has it; the API sends it as plain JSON. */

export interface Transition {
  kind: string;
  seconds: number;
}

export interface Scene {
  id: string;
  seconds: number;
  prompt: string;
  camera: { move: string; strength: number };
  character: string;
  voice_line: string;
  voice: string;
  text: string;
  effects: string[];
  sounds: { name: string; at: number; volume: number }[];
  speed: number;
  transition: Transition;
  material: { kind: string; upload: string; start: number } | null;
  seed: number | null;
}

export interface Degraded {
  part: string;
  code: string;
  reason: string;
}

export interface Plan {
  title: string;
  language: string;
  scenes: Scene[];
  model: { id: string; reason: string };
  music: { source: string; prompt: string; tempo: number | null; cut_on_beats: boolean };
  mix: { voice: number; music: number; effects: number; ducking: boolean };
  look: { colour_match: number; fit: string };
  captions: string;
  degraded: Degraded[];
}

export const SHORTEST_SCENE = 2;
export const LONGEST_SCENE = 10;
export const MOST_SCENES = 12;

const OVERLAPPING = new Set(["crossfade", "wipe", "slide"]);

/** Return the length of a video: some transitions show two scenes at once. */
export function lengthOf(scenes: readonly Scene[]): number {
  return scenes.reduce(
    (sum, { seconds, transition }) => sum + seconds - (OVERLAPPING.has(transition.kind) ? transition.seconds : 0),
    0,
  );
}

/** Return a plan with another scene in place of one. */
export function withScene(plan: Plan, scene: Scene): Plan {
  return { ...plan, scenes: plan.scenes.map((one) => (one.id === scene.id ? scene : one)) };
}

/** Return a plan without a scene; the first one is never blended with one before. */
export function withoutScene(plan: Plan, id: string): Plan {
  return { ...plan, scenes: cutFirst(plan.scenes.filter((one) => one.id !== id)) };
}

/** Return a plan with a scene at another place. */
export function moved(plan: Plan, id: string, by: number): Plan {
  const from = plan.scenes.findIndex((one) => one.id === id);
  const to = Math.min(plan.scenes.length - 1, Math.max(0, from + by));
  const scenes = [...plan.scenes];
  const [scene] = scenes.splice(from, 1);
  if (scene) scenes.splice(to, 0, scene);
  return { ...plan, scenes: cutFirst(scenes) };
}

/** Return a plan with a copy of the last scene at its end, to be changed. */
export function withNewScene(plan: Plan, prompt: string): Plan {
  const used = new Set(plan.scenes.map(({ id }) => id));
  let number = plan.scenes.length + 1;
  while (used.has(`scene-${number}`)) number += 1;
  const scene: Scene = {
    id: `scene-${number}`,
    seconds: 4,
    prompt,
    camera: { move: "static", strength: 0.5 },
    character: "",
    voice_line: "",
    voice: "",
    text: "",
    effects: [],
    sounds: [],
    speed: 1,
    transition: { kind: "cut", seconds: 0 },
    material: null,
    seed: null,
  };
  return { ...plan, scenes: [...plan.scenes, scene] };
}

function cutFirst(scenes: Scene[]): Scene[] {
  return scenes.map((scene, index) => (index ? scene : { ...scene, transition: { kind: "cut", seconds: 0 } }));
}
