// Package whatsapptest has faithful doubles of Meta's Graph API and of WASender, for tests, demonstrations and continuous integration.
// It does not know who calls it: it speaks HTTP alone, imports nothing of the service, and holds what it was told in memory.
//
// A double answers as the provider does, with the provider's errors; it fails on request ([MetaError], [Hang], [LoseAnswer], …); it remembers
// what it was asked, so that a test waits for a call and not for a time; and it sends signed webhooks:
//
//	meta := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
//	// … point the program at meta.URL and let it work …
//	meta.FailNext(2, whatsapptest.MetaError(131056), whatsapptest.SendMessage)
//	seen, err := meta.Wait(t.Context(), 3, whatsapptest.SendMessage)
//	hooks := meta.Webhooks(whatsapptest.SampleAppID, "http://127.0.0.1:8080/webhooks/meta")
//	sent, err := hooks.Send(t.Context(), whatsapptest.Incoming{Content: whatsapptest.Text("Do you ship?")})
//
// Where a provider's behaviour is not published, the comment beside the code says that it is a guess.
package whatsapptest
