export async function findExisting(_a: unknown, _b: unknown, _c: unknown): Promise<Map<string,string>> { return new Map() }
