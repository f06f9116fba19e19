/** What the clips of a plan cost; the id stands for exactly this. */
export interface ProjectQuote {
  quote_id: string;
  dollars: number;
  credits: number;
  /** What follows the clips, such as the voices; none where it costs nothing. */
  stages?: { stage: string; engine: string | null; credits: number }[];
  scenes: { scene_id: string; model: string; seconds: number; dollars: number; credits: number; reused?: boolean }[];
}

/** Return what is to be paid: a clip that is reused costs nothing again. */
export function priceOf(quote: ProjectQuote): { dollars: number; credits: number; reused: number } {
  const again = quote.scenes.filter(({ reused }) => reused);
  return {
    dollars: again.reduce((sum, { dollars }) => sum - dollars, quote.dollars),
    credits: again.reduce((sum, { credits }) => sum - credits, quote.credits),
    reused: again.length,
  };
}
