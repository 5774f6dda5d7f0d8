export async function census(_a: unknown, _b: unknown): Promise<{type: string; id: string}[]> { return [] }
