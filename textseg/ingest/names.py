"""How columns are called in exports: English, German, French, Spanish and Portuguese.

Each meaning has tiers of names, lower case, without accents, words joined by "_". The first tier
is exact and wins over content; in the others the content must fit too.
"""

from __future__ import annotations

Tiers = tuple[frozenset[str], ...]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _tiers(*tiers: str) -> Tiers:
    return tuple(_words(tier) for tier in tiers)


CUSTOMER = _tiers(
    "customer_id",
    "customer",
    """customer_no customer_nr customer_number customer_key customer_code customer_uuid cust_id
    cust_no customerid custid client_id client_number user_id userid reviewer_id account_id
    account_number member_id buyer_id shopper_id respondent_id requester_id contact_id subscriber_id
    kunden_id kundenid kundennummer kunden_nummer kunden_nr kundennr kunde kdnr kd_nr
    id_client client numero_client no_client code_client
    id_cliente cliente_id cliente numero_cliente codigo_cliente id_usuario usuario_id""",
    "user reviewer author_id person_id",
)

FEEDBACK: dict[str, Tiers] = {
    "text": _tiers(
        "text",
        """review_text reviewtext feedback_text comment_text ticket_text survey_text message_text
        customer_comment customer_feedback customer_message review_body review_content
        comment_body verbatim feedback review reviews comment comments body message description
        content free_text
        kommentar kommentare bewertung bewertungstext rezension rezensionstext nachricht anfrage
        rueckmeldung ruckmeldung kundenkommentar kundenfeedback freitext beschreibung
        commentaire commentaires avis texte avis_client
        comentario comentarios resena opinion texto mensaje descripcion
        mensagem opiniao descricao avaliacao""",
    ),
    "title": _tiers(
        "title",
        "subject",
        """summary headline review_title review_summary review_headline ticket_subject
        betreff titel titre objet sujet asunto titulo assunto""",
    ),
    "id": _tiers(
        "feedback_id",
        """review_id ticket_id comment_id case_id message_id response_id ticket_number ticket_no
        ticket_nr case_number conversation_id bewertungs_id ticketnummer id_ticket id_avis
        id_resena id_comentario""",
        "id uuid",
    ),
    "customer": CUSTOMER,
    "date": _tiers(
        "date",
        "created_at",
        """timestamp datetime created created_on created_date creation_date date_created
        create_time created_time submitted_at submission_date date_submitted posted_at post_date
        posted_on received_at review_date review_time feedback_date comment_date ticket_date
        survey_date response_date time
        datum erstellt erstellt_am erstelldatum bewertungsdatum eingangsdatum zeitstempel
        date_creation date_avis cree_le
        fecha fecha_creacion fecha_resena creado_en
        data data_criacao criado_em""",
        "unix_review_time unix_time",
    ),
    "rating": _tiers(
        "rating",
        """stars star_rating review_rating score review_score overall overall_rating nps nps_score
        csat csat_score satisfaction satisfaction_score
        bewertung sterne punkte zufriedenheit note etoiles calificacion puntuacion estrellas
        nota avaliacao estrelas""",
    ),
    "channel": _tiers(
        "channel",
        "feedback_channel contact_channel channel_name kanal canal",
        "source",
        "medium platform plattform plateforme plataforma",
    ),
}

TRANSACTIONS: dict[str, Tiers] = {
    "customer": CUSTOMER,
    "date": _tiers(
        "date",
        """order_date invoice_date purchase_date transaction_date sale_date sales_date
        ordered_at purchased_at order_time order_timestamp order_purchase_timestamp
        bestelldatum rechnungsdatum kaufdatum date_commande date_achat date_facture
        fecha_pedido fecha_compra fecha_factura data_pedido data_compra""",
        """created_at timestamp datetime created created_on order_created_at
        datum fecha data""",
    ),
    "amount": _tiers(
        "amount",
        """line_amount line_total line_value total total_amount total_price total_value
        order_amount order_total order_value net_amount gross_amount revenue sales spend value
        turnover transaction_amount purchase_amount payment_value
        betrag umsatz gesamt gesamtbetrag gesamtpreis summe bestellwert
        montant montant_total total_ttc total_ht
        importe monto importe_total monto_total valor valor_total""",
    ),
    "quantity": _tiers(
        "quantity",
        """qty quantities units pieces item_count quantity_ordered
        menge anzahl stueckzahl stuckzahl stueck stuck quantite qte cantidad quantidade qtd qtde""",
    ),
    "unit_price": _tiers(
        "unit_price",
        """unitprice price_per_unit item_price price_each unit_cost
        einzelpreis stueckpreis stuckpreis prix_unitaire precio_unitario preco_unitario""",
        "price preis prix precio preco",
    ),
    "order": _tiers(
        "order_id",
        """order order_no order_nr order_number invoice invoice_no invoice_nr invoice_id
        invoice_number transaction_id transaction_number basket_id receipt_id receipt_number
        bestellnummer bestell_nr bestell_id bestellung auftragsnummer rechnungsnummer
        commande id_commande numero_commande facture numero_facture
        pedido id_pedido pedido_id numero_pedido factura id_factura fatura""",
    ),
    "product": _tiers(
        "product",
        "product_id",
        "stock_code sku asin item_id article_id article_number product_code item_code",
        """product_name item item_name article artikel artikelnummer artikel_nr artikelname produkt
        produkt_id produit id_produit producto id_producto producto_id produto id_produto""",
        "description item_description product_description",
    ),
    "category": _tiers(
        "category",
        """product_category category_name item_category product_type department
        kategorie produktkategorie warengruppe categorie categoria""",
    ),
}

CUSTOMERS: dict[str, Tiers] = {"customer": (*CUSTOMER, frozenset({"id"}))}

AGENT_WORDS = _words(
    """agent agents reply replies response responses answer answers answered staff seller vendor
    owner merchant employee assistant bot operator admin internal resolution solution developer
    antwort antworten mitarbeiter loesung losung interne reponse reponses conseiller
    respuesta respuestas agente solucion resposta respostas atendente solucao"""
)
"""Words in the name of a column that holds what the company said, not the customer."""

TEXT_WORDS = _words(
    """text review reviews feedback comment comments message verbatim
    kommentar rezension nachricht freitext commentaire avis comentario resena mensaje mensagem
    opinion opiniao"""
)
"""Words in the name of a column that may hold the customer's text."""

NOT_A_CREATION = _words(
    """birth birthday birthdate dob updated update modified changed closed resolved solved deleted
    delivery delivered shipped ship due first last signup registered joined expiry end answered
    replied reply response geburtsdatum aktualisiert naissance nacimiento nascimento"""
)
"""Words in the name of a date that is not when the feedback was written."""
