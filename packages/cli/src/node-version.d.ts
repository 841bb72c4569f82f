export function refusalOfNode(version: string): string | undefined;
