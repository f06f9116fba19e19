/** Connect each point of a face to its nearest neighbours, for a mesh to show. */
export function meshLines(points: [number, number, number][], neighbours = 4): [number, number][] {
  const found = new Set<number>();
  points.forEach((from, index) => {
    const near = points
      .map((to, other): [number, number] => [(to[0] - from[0]) ** 2 + (to[1] - from[1]) ** 2, other])
      .sort((a, b) => a[0] - b[0])
      .slice(1, neighbours + 1);
    for (const [, other] of near) found.add(Math.min(index, other) * points.length + Math.max(index, other));
  });
  return [...found].map((pair) => [Math.floor(pair / points.length), pair % points.length]);
}
