/** The products directly in a category. */
export interface CategoryProducts {
  category: string;
  products: number;
  activeProducts: number;
}

/** A category with its products, including those of the categories below it. */
export interface CategoryNode {
  path: string;
  name: string;
  products: number;
  activeProducts: number;
  children: CategoryNode[];
}

/** Builds the tree of categories that have products, each level in the order of the names; without products of its own a category has those below. */
export function categoryTree(counts: readonly CategoryProducts[]): CategoryNode[] {
  const root: CategoryNode = { path: '', name: '', products: 0, activeProducts: 0, children: [] };
  const nodes = new Map<string, CategoryNode>();
  for (const { category, products, activeProducts } of counts) {
    let parent = root;
    for (const name of category.split('/')) {
      const path = parent === root ? name : `${parent.path}/${name}`;
      const node = nodes.get(path) ?? { path, name, products: 0, activeProducts: 0, children: [] };
      if (!nodes.has(path)) {
        nodes.set(path, node);
        parent.children.push(node);
      }
      node.products += products;
      node.activeProducts += activeProducts;
      parent = node;
    }
  }
  for (const node of [root, ...nodes.values()]) node.children.sort((a, b) => (a.name < b.name ? -1 : 1));
  return root.children;
}
