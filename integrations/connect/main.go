// Command connect serves a Connect service to pages: over Connect's own protocol and
// gRPC-Web.
package main

import (
	"context"
	"log"
	"net/http"
	"time"

	"connectrpc.com/connect"
	connectcors "connectrpc.com/cors"
	"github.com/httpsec/httpsec"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// greetProcedure and its types come from a .proto file in real services.
const greetProcedure = "/greet.v1.GreetService/Greet"

func service() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(greetProcedure, connect.NewUnaryHandler(greetProcedure, greet))
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins: []string{"http://localhost:3000"},
		Methods: connectcors.AllowedMethods(),
		// Beside the protocols' headers, those of your own.
		Headers: append(connectcors.AllowedHeaders(), "Authorization"),
		// A trailer of a unary response comes as a header with a prefix.
		ExposeHeaders: append(connectcors.ExposedHeaders(), "Trailer-Served-By"),
	}))
	return cors(mux)
}

type text = wrapperspb.StringValue

func greet(_ context.Context, name *connect.Request[text]) (*connect.Response[text], error) {
	greeting := connect.NewResponse(wrapperspb.String("Hello, " + name.Msg.GetValue()))
	greeting.Trailer().Set("Served-By", "greeter")
	return greeting, nil
}

func main() {
	server := http.Server{Addr: "localhost:8000", Handler: service(), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
