export async function removeDatabase(_a: unknown, _b: unknown): Promise<void> {}
export async function removeTaskDefinitions(_a: unknown, _b: unknown): Promise<void> {}
