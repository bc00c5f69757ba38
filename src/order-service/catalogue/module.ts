import { type ScopeDeclaration } from '../../shared/contracts/scopes';
import { type Module, type Platform } from '../platform';
import { categoriesOperation } from './routes/category-operations';
import { importOperation } from './routes/import-operations';
import { pricesOperation } from './routes/price-operations';
import { productExportOperation } from './routes/product-export-operations';
import { productListOperation } from './routes/product-list-operations';
import { productOperations } from './routes/product-operations';
import { PRODUCTS_TAG } from './routes/product-schemas';
import { type EndStock } from './use-cases/change-product';
import { sumUpCategories } from './use-cases/list-categories';
import { type FindProductIds } from './use-cases/scan-products';

export const catalogueScopes: ScopeDeclaration = { scopes: ['product:manage'], ofShops: ['product:manage'] };

export interface CataloguePorts {
  /** Finds the products with low stock; by default none is kept in stock. */
  lowOnStock?: FindProductIds;
  /** Ends the stock of a product that is deleted; by default none is kept in stock. */
  endStock?: EndStock;
}

/** The module `catalogue`: the products that clients sell. */
export function composeCatalogue(
  { database: db, readPool: reads }: Platform,
  { lowOnStock = () => Promise.resolve([]), endStock = () => Promise.resolve(0) }: CataloguePorts = {},
): Module {
  return {
    tags: [{ name: PRODUCTS_TAG, description: 'Products of the calling client; operators see all.' }],
    links: { products: '/products', categories: '/categories' },
    operations: [
      ...productOperations({ db, endStock }),
      pricesOperation({ db }),
      productListOperation({ db, lowOnStock }),
      productExportOperation({ reads, lowOnStock }),
      importOperation({ db }),
      categoriesOperation({ db }),
    ],
    components: [],
    housekeeping: [() => sumUpCategories(db)],
    healthChecks: {},
  };
}
