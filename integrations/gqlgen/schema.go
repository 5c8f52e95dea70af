package main

import (
	"context"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// schema stands for what gqlgen generates: a query that answers 1, and a
// subscription that counts to 3.
type schema struct{ parsed *ast.Schema }

func newSchema() graphql.ExecutableSchema {
	return schema{gqlparser.MustLoadSchema(&ast.Source{
		Input: "type Query { count: Int! } type Subscription { count: Int! }",
	})}
}

func (s schema) Schema() *ast.Schema { return s.parsed }

func (schema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (schema) Exec(context.Context) graphql.ResponseHandler {
	count := 0
	return func(context.Context) *graphql.Response {
		if count++; count > 3 {
			return nil
		}
		data, _ := json.Marshal(map[string]int{"count": count})
		return &graphql.Response{Data: data}
	}
}
