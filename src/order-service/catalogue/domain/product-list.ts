/** The filters of a list; an undefined member does not filter. */
export interface ProductFilter {
  sku?: string | undefined;
  /** The complete name; case and accents do not count. */
  name?: string | undefined;
  /** A path: products in this category and below it. */
  category?: string | undefined;
  /** Words; a product has each of them, or a word that begins with it or is similar to it. */
  text?: string | undefined;
  isActive?: boolean | undefined;
  /** True: only products of which little is left. */
  isLowOnStock?: true | undefined;
}

/** Terms of which a product must have one. */
export type TermGroup = readonly string[];

/** Products in the order of a list, newest first, as they are found. */
export interface ProductScan {
  /** Null: of all owners; then only `isActive` filters. */
  owner: string | null;
  sku?: string | undefined;
  /** The products have a term of each group. They are read in the order of the first group, which should have the fewest products. */
  groups: readonly TermGroup[];
  /** The ids of products, newest first, among which all of them are; null: any. */
  ids: readonly string[] | null;
  /** The products have a word that begins with each of these. So many do that the words are compared product by product. */
  beginnings: readonly string[];
  isActive?: boolean | undefined;
}
