import { productId, uuid } from '../../../shared/contracts/text';

/** Names a product by its id, or by its owner and sku. */
export type ProductRef = { productId: string } | { owner: string; sku: string };

const SKU_PREFIX = 'sku:';

/**
 * Reads the path parameter `{product}`: an id, or `sku:` and the code of the owner's product, already percent-decoded.
 *
 * @param owner whose products a sku names.
 * @returns null for any other text, which names no product.
 */
export function parseProductRef(text: string, owner: string): ProductRef | null {
  if (!text.startsWith(SKU_PREFIX)) {
    const id = uuid.safeParse(text);
    return id.success ? { productId: id.data } : null;
  }
  const sku = productId.safeParse(text.slice(SKU_PREFIX.length));
  return sku.success ? { owner, sku: sku.data } : null;
}
