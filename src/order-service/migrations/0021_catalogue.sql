-- The products of the clients. A deleted product keeps its row, because orders and stock refer to it; its sku is free again.
CREATE TABLE products (
  product_id   uuid PRIMARY KEY,
  owner        text NOT NULL,
  sku          text NOT NULL,
  name         text NOT NULL,
  description  text,
  category     text,                        -- a path such as home/lighting
  currency     text NOT NULL,
  price_minor  bigint NOT NULL CHECK (price_minor > 0),
  tax_class    text,
  weight_grams integer CHECK (weight_grams >= 0),
  attributes   jsonb NOT NULL DEFAULT '{}',
  image_url    text,
  is_active    boolean NOT NULL DEFAULT true,
  version      integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  deleted_at   timestamptz
) WITH (fillfactor = 90);

CREATE UNIQUE INDEX products_by_sku ON products (owner, sku) WHERE deleted_at IS NULL;
-- For the list of the products of all owners.
CREATE INDEX products_present ON products (product_id) WHERE deleted_at IS NULL;

-- The prices of a product since its creation; insert-only. Without a foreign key: no product is ever removed, and its check would write each
-- row of "products" again.
CREATE TABLE product_prices (
  product_id  uuid NOT NULL,
  version     integer NOT NULL,   -- of the product with this price for the first time
  valid_from  timestamptz NOT NULL,
  price_minor bigint NOT NULL,
  currency    text NOT NULL,
  actor       text NOT NULL,
  PRIMARY KEY (product_id, version)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.5);

-- The owners that have, or had, a product. Orders of other owners need not look for products.
CREATE TABLE catalogue_owners (
  owner text PRIMARY KEY
);

-- The terms by which the products that are not deleted are found, in the order of the products: "*" (all products), the words of name and sku,
-- "=" and the name, "/" and each part of the category path from its beginning, "!inactive". A list reads the products of a term in order,
-- however many there are.
CREATE TABLE product_terms (
  owner      text NOT NULL,
  term       text COLLATE "C" NOT NULL,
  product_id uuid NOT NULL,
  PRIMARY KEY (owner, term, product_id)
);

-- The trigrams of the words, for words that are similar to a misspelt one. Not unique, so that two transactions never wait for each other: a
-- word that two of them add at once is there twice. A word stays when no product has it any more.
CREATE TABLE product_trigrams (
  owner   text NOT NULL,
  trigram text COLLATE "C" NOT NULL,
  length  smallint NOT NULL,  -- of the word
  word    text COLLATE "C" NOT NULL
);

CREATE INDEX product_trigrams_by_trigram ON product_trigrams (owner, trigram, length, word);

-- The number of products of each category: the sum of its rows. Each transaction adds rows, so that none waits for another; housekeeping
-- replaces the rows of a category with their sum.
CREATE TABLE category_counts (
  owner           text NOT NULL,
  category        text COLLATE "C" NOT NULL,
  products        integer NOT NULL,
  active_products integer NOT NULL
);

CREATE INDEX category_counts_by_category ON category_counts (owner, category);
