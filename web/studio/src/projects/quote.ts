/** What the clips of a plan cost; the id stands for exactly this. */
export interface ProjectQuote {
  quote_id: string;
  dollars: number;
  credits: number;
  scenes: { scene_id: string; model: string; seconds: number; dollars: number; credits: number; reused?: boolean }[];
}

/** Return what is to be paid: a clip that is reused costs nothing again. */
export function priceOf({ scenes }: ProjectQuote): { dollars: number; credits: number; reused: number } {
  const made = scenes.filter(({ reused }) => !reused);
  return {
    dollars: made.reduce((sum, { dollars }) => sum + dollars, 0),
    credits: made.reduce((sum, { credits }) => sum + credits, 0),
    reused: scenes.length - made.length,
  };
}
